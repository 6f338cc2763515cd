import { Module, type DynamicModule, type InjectionToken } from '@nestjs/common';
import type { z } from 'zod';
import { readConfig, type Environment } from './config';

/** Offers a checked configuration under the given token, to every module. A wrong one fails the start. */
@Module({})
export class ConfigModule {
  static forRoot<S extends z.ZodObject>(token: InjectionToken<z.infer<S>>, schema: S, env: Environment = process.env): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: token, useValue: readConfig(schema, env) }],
      exports: [token],
    };
  }
}
