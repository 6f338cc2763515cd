import { Controller, Get, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { testDatabase, waitUntil, type TestDatabase } from '@gridcase/testing';
import type { Pool } from 'pg';
import { z } from 'zod';
import {
  ConfigModule, createLogger, currentCorrelation, envInt, Health, HealthModule, LOGGER, LoggingModule, MetricsModule, PG_POOL, PgModule, type Logger,
} from '.';

const CONFIG = Symbol('CONFIG');

@Controller()
class ProbeController {
  constructor(
    @Inject(CONFIG) private readonly config: { LIMIT: number },
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @Get('probe')
  async probe() {
    this.logger.info({ phone: '13800000000' }, 'probed');
    const { rows } = await this.pool.query<{ app: string }>(`select current_setting('application_name') app`);
    return { limit: this.config.LIMIT, ...rows[0], ambient: currentCorrelation()?.correlationId };
  }
}

describe('the platform modules in a Nest application', () => {
  let db: TestDatabase;
  let app: NestFastifyApplication;
  const lines: string[] = [];

  beforeAll(async () => {
    db = await testDatabase();
    const logger = createLogger({ service: 'probe', destination: { write: (line) => void lines.push(line) } });
    @Module({
      imports: [
        ConfigModule.forRoot(CONFIG, z.object({ LIMIT: envInt({ min: 1, max: 9 }) }), { LIMIT: '7' }),
        LoggingModule.forRoot({ service: 'probe', logger }),
        MetricsModule.forRoot({ service: 'probe', processMetrics: false, http: true }),
        HealthModule.forRoot({ http: true }),
        PgModule.forRoot({ url: db.url, applicationName: 'probe.reads', max: 2 }),
      ],
      controllers: [ProbeController],
    })
    class ProbeModule {}
    app = await NestFactory.create<NestFastifyApplication>(ProbeModule, new FastifyAdapter(), { logger: false });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });

  // The pool of PgModule must end with the application: else dropping the database fails.
  afterAll(async () => {
    await app.close();
    await db.drop();
  });

  // @rule Z13 N3
  it('inject configuration, pool and logger; a log line carries the caller\'s correlation id and no phone number', async () => {
    const answer = await app.inject({ method: 'GET', url: '/probe?phone=13800000000', headers: { 'x-correlation-id': 'outside-0001' } });
    expect(answer.json()).toEqual({ limit: 7, app: 'probe.reads', ambient: 'outside-0001' });
    expect(answer.headers['x-correlation-id']).toBe('outside-0001');
    const logged = await waitUntil(() => lines.length >= 2 && lines.map((line) => JSON.parse(line)), { timeoutMs: 1_000 });
    expect(logged).toEqual([
      expect.objectContaining({ message: 'probed', correlationId: 'outside-0001', phone: '[redacted]' }),
      expect.objectContaining({ message: 'request completed', correlationId: 'outside-0001', req: { method: 'GET', path: '/probe' }, res: { statusCode: 200 } }),
    ]);
    expect(lines.join('')).not.toContain('13800000000');
  });

  it('answer health and metrics', async () => {
    expect((await app.inject('/health/live')).json()).toEqual({ ok: true, checks: {} });
    const remove = app.get(Health).addReadiness('store', () => { throw new Error('away'); });
    const notReady = await app.inject('/health/ready');
    expect([notReady.statusCode, notReady.json().checks.store.reason]).toEqual([503, 'away']);
    remove();
    expect((await app.inject('/health/ready')).statusCode).toBe(200);
    const metrics = await app.inject('/metrics');
    expect([metrics.statusCode, metrics.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  });
});
