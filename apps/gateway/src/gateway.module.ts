import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { HealthModule, MetricsModule, type Clock, type Health, type Logger, type Metrics } from '@gridcase/platform';
import { Authenticator } from './auth/authenticator';
import type { DemoIssuer } from './auth/demo-issuer';
import { DemoTokensController } from './auth/demo-tokens.controller';
import { OperationCalls, type ServiceCalls } from './calls/operation-calls';
import type { EvidenceStore } from './evidence/evidence-store';
import { EvidenceController } from './evidence/evidence.controller';
import { RateLimiter } from './limits/rate-limiter';
import { operations, resources } from './operations';
import { ProblemFilter } from './problems/problem.filter';
import { AccessGuard } from './rest/access.guard';
import { resourceController } from './rest/resource-controller';
import { RouteIndex } from './rest/route-index';
import { SimulationController, type Simulation } from './simulation/simulation.controller';
import { DEMO_ISSUER, EVIDENCE_STORE, GATEWAY_CLOCK, GATEWAY_LOGGER, SERVICE_CALLS, SIMULATION } from './tokens';

export interface GatewayParts {
  client: ServiceCalls;
  clock: Clock;
  authenticator: Authenticator;
  demo?: DemoIssuer;
  evidence: EvidenceStore;
  simulation?: Simulation;
  limiter: RateLimiter;
  routes: RouteIndex;
  logger: Logger;
  metrics: Metrics;
  health: Health;
}

const resourceControllers = resources
  .map((resource) => ({ resource, of: operations.filter((operation) => operation.resource === resource && operation.kind !== 'local') }))
  .filter(({ of }) => of.length > 0)
  .map(({ resource, of }) => resourceController(resource, of));

@Module({})
export class GatewayModule {
  static with(parts: GatewayParts): DynamicModule {
    const values: [symbol, unknown][] = [
      [SERVICE_CALLS, parts.client], [GATEWAY_CLOCK, parts.clock], [GATEWAY_LOGGER, parts.logger], [EVIDENCE_STORE, parts.evidence],
      ...(parts.simulation ? [[SIMULATION, parts.simulation] as [symbol, unknown]] : []), ...(parts.demo ? [[DEMO_ISSUER, parts.demo] as [symbol, unknown]] : []),
    ];
    return {
      module: GatewayModule,
      imports: [HealthModule.forRoot({ health: parts.health, http: true }), MetricsModule.forRoot({ metrics: parts.metrics, http: true })],
      controllers: [...resourceControllers, EvidenceController, ...(parts.simulation ? [SimulationController] : []), ...(parts.demo ? [DemoTokensController] : [])],
      providers: [
        ...values.map(([provide, useValue]) => ({ provide, useValue })),
        { provide: Authenticator, useValue: parts.authenticator },
        { provide: RateLimiter, useValue: parts.limiter },
        { provide: RouteIndex, useValue: parts.routes },
        OperationCalls,
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
      exports: [OperationCalls],
    };
  }
}
