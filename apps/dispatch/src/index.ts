import type { DynamicModule } from '@nestjs/common';
import type { Adapters } from '@gridcase/service';
import { DispatchModule, type DispatchSettings } from './app.module';

export { dispatchTables } from './app.module';
export { WEBHOOK_NOTICES } from './reactors/webhook-notices/webhook-notices.reactor';
export const createDispatchModule = (adapters: Adapters, settings: DispatchSettings = {}): DynamicModule => DispatchModule.forAdapters(adapters, settings);
