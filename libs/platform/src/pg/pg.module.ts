import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Pool } from 'pg';
import { createPool, type PoolOptions } from './pool';

export const PG_POOL = Symbol('PG_POOL');

/** Offers one pool under `PG_POOL` and ends it when the application closes. Not global: a service sees its own database only. */
@Module({})
export class PgModule implements OnApplicationShutdown {
  constructor(private readonly moduleRef: ModuleRef) {}

  static forRoot(options: PoolOptions): DynamicModule {
    return { module: PgModule, providers: [{ provide: PG_POOL, useFactory: () => createPool(options) }], exports: [PG_POOL] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.moduleRef.get<Pool>(PG_POOL, { strict: true }).end();
  }
}
