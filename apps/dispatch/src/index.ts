import type { DynamicModule } from '@nestjs/common';
import type { Adapters } from '@gridcase/service';
import { DispatchModule } from './app.module';

export { dispatchTables } from './app.module';
export const createDispatchModule = (adapters: Adapters): DynamicModule => DispatchModule.forAdapters(adapters);
