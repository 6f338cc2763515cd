import type { DynamicModule } from '@nestjs/common';
import type { Adapters } from '@gridcase/service';
import { RegistryModule } from './app.module';

export { registryTables } from './app.module';

export const createRegistryModule = (adapters: Adapters): DynamicModule => RegistryModule.forRoot(adapters);
