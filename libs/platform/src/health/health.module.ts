import { Controller, Get, Module, ServiceUnavailableException, type DynamicModule } from '@nestjs/common';
import { Health, type HealthReport } from './health';

@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('live')
  async live(): Promise<HealthReport> {
    return orUnavailable(await this.health.liveness());
  }

  @Get('ready')
  async ready(): Promise<HealthReport> {
    return orUnavailable(await this.health.readiness());
  }
}

function orUnavailable(report: HealthReport): HealthReport {
  if (!report.ok) throw new ServiceUnavailableException(report);
  return report;
}

/** Offers `Health` to every module, and `GET /health/live` and `/health/ready` where the service has an HTTP port. */
@Module({})
export class HealthModule {
  static forRoot(options: { health?: Health; http?: boolean } = {}): DynamicModule {
    return {
      module: HealthModule,
      global: true,
      providers: [{ provide: Health, useValue: options.health ?? new Health() }],
      controllers: options.http ? [HealthController] : [],
      exports: [Health],
    };
  }
}
