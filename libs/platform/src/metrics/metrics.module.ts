import { Controller, Get, Header, Module, type DynamicModule } from '@nestjs/common';
import { Metrics, type MetricsOptions } from './metrics';

@Controller()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  text(): Promise<string> {
    return this.metrics.text();
  }
}

/** Offers `Metrics` to every module, and `GET /metrics` where the service has an HTTP port. */
@Module({})
export class MetricsModule {
  static forRoot(options: (MetricsOptions | { metrics: Metrics }) & { http?: boolean }): DynamicModule {
    const metrics = 'metrics' in options ? options.metrics : new Metrics(options);
    return {
      module: MetricsModule,
      global: true,
      providers: [{ provide: Metrics, useValue: metrics }],
      controllers: options.http ? [MetricsController] : [],
      exports: [Metrics],
    };
  }
}
