import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import type { Service } from '@gridcase/events';
import type { Adapters } from '../adapters';
import { startService } from '../start-service';
import { hostProcess } from './host-process';
import { openAdapters } from './open-adapters';
import { serviceConfig, type ServiceConfig } from './process-config';

/** A service as a process of its own: the whole of an app's `main.ts`. Resolves when it is ready, or has failed. */
export const runService = (name: Service, createModule: (adapters: Adapters, config: ServiceConfig) => DynamicModule): Promise<void> =>
  hostProcess(name, serviceConfig, async (config, host) => {
    const adapters = await openAdapters(name, config, host);
    const service = await startService(createModule(adapters, config), adapters);
    host.shutdown.onStop('work', name, () => service.close());
    host.logger.info({ address: service.address, store: config.store.kind, clock: config.clockStart ? 'simulated' : 'system' }, `${name} takes calls`);
  });
