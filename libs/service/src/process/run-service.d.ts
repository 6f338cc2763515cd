import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import type { Service } from '@gridcase/events';
import type { Adapters } from '../adapters';
import { type ServiceConfig } from './process-config';
/** A service as a process of its own: the whole of an app's `main.ts`. Resolves when it is ready, or has failed. */
export declare const runService: (name: Service, createModule: (adapters: Adapters, config: ServiceConfig) => DynamicModule) => Promise<void>;
