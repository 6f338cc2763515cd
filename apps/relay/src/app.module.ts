import { Module, type DynamicModule } from '@nestjs/common';
import { HealthModule, MetricsModule, type Health, type Metrics } from '@gridcase/platform';

/** The relay's HTTP port: `/health/live`, `/health/ready`, `/metrics`. It answers no calls. */
@Module({})
export class AppModule {
  static forRoot({ health, metrics }: { health: Health; metrics: Metrics }): DynamicModule {
    return { module: AppModule, imports: [HealthModule.forRoot({ health, http: true }), MetricsModule.forRoot({ metrics, http: true })] };
  }
}
