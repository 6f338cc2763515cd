import 'reflect-metadata';
import { ManualClock, SystemClock, type Health } from '@gridcase/platform';
import { hostProcess, ServiceClient, SimulatedServices, type ProcessHost } from '@gridcase/service';
import { gatewayConfig, type GatewayConfig } from './gateway-config';
import { createGateway, DemoIssuer, FileEvidenceStore, OidcVerifier, type Simulation } from './index';

const REACH_TIMEOUT_MS = 1_000;
/** As many copies of a service as one gateway keeps busy with commands at a time. */
const COMMAND_STREAMS = 4;

void hostProcess('gateway', gatewayConfig, async (config, host) => {
  const { health, metrics, logger, shutdown, tracer } = host;
  const simulated = config.clockStart ? await simulate(config, config.clockStart, host) : undefined;
  const client = new ServiceClient(config.addresses, { commandStreams: COMMAND_STREAMS, tracer });
  shutdown.onStop('connections', 'services', () => client.close());
  watchServices(health, client);
  const gateway = await createGateway({
    client, clock: simulated?.clock ?? new SystemClock(), evidence: new FileEvidenceStore(config.evidenceDir),
    auth: { ...(config.oidc && { verifiers: [new OidcVerifier(config.oidc)] }), ...(config.demoKeysDir && { demo: DemoIssuer.open(config.demoKeysDir) }) },
    ...(simulated && { simulation: simulated.simulation }), rest: config.rest, grpc: config.grpc, limits: { callsMin: config.callsMin }, trustProxy: config.trustProxy, logger, metrics, tracer, health,
  });
  shutdown.onStop('traffic', 'gateway', () => gateway.close());
  logger.info({ url: gateway.url, grpc: gateway.grpcAddress, services: config.addresses, clock: config.clockStart ? 'simulated' : 'system' }, 'the gateway takes requests');
});

/** The clocks of all services and the gateway's own move as one. */
async function simulate({ addresses }: GatewayConfig, start: string, { shutdown }: ProcessHost): Promise<{ clock: ManualClock; simulation: Simulation }> {
  const services = new SimulatedServices(addresses);
  shutdown.onStop('connections', 'simulation', () => services.close());
  const now = await services.now();
  const clock = new ManualClock(now > start ? now : start);
  return { clock, simulation: { now: () => clock.now(), advanceTo: (to) => services.advanceTo(to, () => { if (to > clock.now()) clock.set(to); }) } };
}

/**
 * Ready while any service can be reached: with one away the others' calls are still answered, and all gateways turning away because
 * of it would make its outage everybody's.
 */
function watchServices(health: Health, client: ServiceClient): void {
  health.addReadiness('services', async () => {
    const reached = await client.reachable(REACH_TIMEOUT_MS);
    if (!Object.values(reached).some(Boolean)) throw new Error('no service can be reached');
    return reached;
  });
}
