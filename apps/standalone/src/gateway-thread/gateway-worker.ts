/** The thread of the gateway: entry point of the worker that `startGatewayThread` starts. */
import 'reflect-metadata';
import { parentPort, workerData } from 'node:worker_threads';
import { createLogger, Health, Metrics, startTracing, SystemClock, type HealthReport, type Tracing } from '@gridcase/platform';
import { createGateway, DemoIssuer, FileEvidenceStore, OidcVerifier, type Gateway } from '@gridcase-apps/gateway';
import { ServiceClient } from '@gridcase/service';
import { PortCalls } from './port-calls';
import { SharedClock } from './shared-clock';
import type { GatewayThreadOptions } from './start-gateway-thread';

/** The gateway's own figures and those of the services, one page. No metric stands in both: the process's own are the services' side's. */
class PlatformMetrics extends Metrics {
  override async text(): Promise<string> {
    const [own, services] = await Promise.all([super.text(), platform.ask<string>('metrics')]);
    return services + own;
  }
}

const options = workerData as GatewayThreadOptions;
const clock = options.clock ? new SharedClock(options.clock) : new SystemClock();
const logger = createLogger({ service: 'gateway', level: options.logLevel });
const health = new Health();
let running: { gateway: Gateway; client: ServiceClient; tracing: Tracing } | undefined;

const platform: PortCalls = new PortCalls(parentPort!, {
  start: async () => {
    const tracing = await startTracing(options.tracing, (error) => logger.warn({ err: error }, 'traces cannot be sent'));
    const tracer = tracing.tracer('gateway');
    const client = new ServiceClient(options.addresses, { tracer });
    const gateway = await createGateway({
      client, clock, evidence: new FileEvidenceStore(options.evidenceDir),
      auth: options.oidc ? { verifiers: [new OidcVerifier(options.oidc)] } : { demo: DemoIssuer.open(options.demoKeysDir) },
      ...(options.clock && { simulation: { now: () => clock.now(), advanceTo: (to: string) => platform.ask<void>('advanceTo', to) } }),
      ...(options.callsMin !== undefined && { limits: { callsMin: options.callsMin } }), rest: options.rest, grpc: options.grpc, logger, tracer,
      metrics: new PlatformMetrics({ service: 'standalone', processMetrics: false }), health,
    });
    running = { gateway, client, tracing };
    return { url: gateway.url, grpcAddress: gateway.grpcAddress };
  },
  stop: async () => {
    await running?.gateway.close();
    running?.client.close();
    await running?.tracing.stop();
  },
});

/** One question for all services, however many checks look at its answer. */
let asked: Promise<HealthReport> | undefined;
const servicesReport = () => (asked ??= platform.ask<HealthReport>('readiness').finally(() => (asked = undefined)));
for (const service of Object.keys(options.addresses)) {
  health.addReadiness(service, async () => {
    const check = (await servicesReport()).checks[service];
    if (!check?.ok) throw new Error(check?.reason ?? `${service} does not run`);
    return check.details;
  });
}
