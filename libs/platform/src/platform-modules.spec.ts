import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Health, HealthModule, MetricsModule } from '.';

it('a Nest application with the modules answers health and metrics', async () => {
  @Module({ imports: [MetricsModule.forRoot({ service: 'probe', processMetrics: false, http: true }), HealthModule.forRoot({ http: true })] })
  class ProbeModule {}
  const app = await NestFactory.create<NestFastifyApplication>(ProbeModule, new FastifyAdapter(), { logger: false });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  try {
    expect((await app.inject('/health/live')).json()).toEqual({ ok: true, checks: {} });
    const remove = app.get(Health).addReadiness('store', () => { throw new Error('away'); });
    const notReady = await app.inject('/health/ready');
    expect([notReady.statusCode, notReady.json().checks.store.reason]).toEqual([503, 'away']);
    remove();
    expect((await app.inject('/health/ready')).statusCode).toBe(200);
    const metrics = await app.inject('/metrics');
    expect([metrics.statusCode, metrics.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  } finally {
    await app.close();
  }
});
