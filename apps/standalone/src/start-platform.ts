import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import { createStoreBus } from '@gridcase/bus';
import type { Service } from '@gridcase/events';
import { createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { createLogger, createPool, Health, keepPostgres, ManualClock, Metrics, startTracing, type KeptPostgres, type Shutdown, SystemClock, type Clock, type Logger } from '@gridcase/platform';
import { schemaOf, startService, untilAtRest, type Adapters, type RunningService } from '@gridcase/service';
import { createAssessmentModule } from '@gridcase-apps/assessment';
import { createAuditModule } from '@gridcase-apps/audit';
import { createDispatchModule } from '@gridcase-apps/dispatch';
import type { Simulation } from '@gridcase-apps/gateway';
import { createIntakeModule } from '@gridcase-apps/intake';
import { createRegistryModule } from '@gridcase-apps/registry';
import { createSlaMonitorModule } from '@gridcase-apps/sla-monitor';
import { shareClock } from './gateway-thread/shared-clock';
import { startGatewayThread, type GatewayThread } from './gateway-thread/start-gateway-thread';
import { noteRunningDatabase } from './running-database';
import { openSimulatedClock } from './simulated-clock';
import { postgresDir, type StandaloneConfig } from './standalone-config';

/** Services in the order they start; each has a schema of its own name. */
const modulesOf = ({ webhook }: StandaloneConfig): Record<Service, (adapters: Adapters) => DynamicModule> => ({
  registry: createRegistryModule, intake: createIntakeModule, dispatch: (adapters) => createDispatchModule(adapters, { webhook }), 'sla-monitor': createSlaMonitorModule, assessment: createAssessmentModule,
  // The PostgreSQL store numbers without holes: a hole is an event that was taken out.
  audit: (adapters) => createAuditModule(adapters, { densePositions: true }),
});

export interface RunningPlatform {
  gateway: GatewayThread;
  store: EventStore;
  clock: Clock;
  services: RunningService[];
  /** The gateway signs tokens for whoever asks. */
  demoTokens: boolean;
  databaseUrl: string;
  /** Resolves when every service has done everything recorded so far, and what follows from it. */
  settle(): Promise<void>;
  /** Resolves when a part that nothing goes on without has ended and does not come back. */
  lost: Promise<Error>;
}

/** The standalone profile: all services, the gateway in a thread beside them, and PostgreSQL. What it starts, `shutdown` stops. */
export async function startPlatform(config: StandaloneConfig, shutdown: Shutdown, logger: Logger = createLogger({ service: 'standalone', level: config.logLevel })): Promise<RunningPlatform> {
  mkdirSync(config.dataDir, { recursive: true });
  const database: Pick<KeptPostgres, 'url'> & Partial<KeptPostgres> = config.databaseUrl ? { url: config.databaseUrl } : await embeddedPostgres(config, shutdown, logger);
  const metrics = new Metrics({ service: 'standalone' });
  const health = new Health();
  const tracing = await startTracing(config.tracing, (error) => logger.warn({ err: error }, 'traces cannot be sent'));
  // Added first, hence the last of its phase: what ends before it is still told.
  shutdown.onStop('connections', 'traces', () => tracing.stop());
  const clock: Clock = config.clockStart ? openSimulatedClock(join(config.dataDir, 'simulated-clock'), config.clockStart) : new SystemClock();

  const pool = createPool({ url: database.url, applicationName: 'gridcase.standalone', max: config.poolMax, onIdleError: (error) => { if (!shutdown.signal.aborted) logger.warn({ err: error }, 'a database connection broke'); } });
  shutdown.onStop('connections', 'database pool', () => pool.end());
  const store = await createPostgresEventStore({ url: database.url });
  shutdown.onStop('connections', 'event store', () => store.close());
  const bus = createStoreBus({ store });

  const modules = modulesOf(config);
  const services: RunningService[] = [];
  for (const name of Object.keys(modules) as Service[]) {
    const adapters: Adapters = { clock, store, bus, pool, schema: schemaOf(name), listen: '127.0.0.1:0', metrics, health, tracer: tracing.tracer(name), logger: createLogger({ service: name, level: config.logLevel }) };
    const service = await startService(modules[name](adapters), adapters);
    shutdown.onStop('work', name, () => service.close());
    services.push(service);
  }
  const settle = () => settleAll(store, services);

  const gateway = await startGatewayThread({
    addresses: Object.fromEntries(services.map(({ name, address }) => [name, address])) as Record<Service, string>,
    ...(clock instanceof ManualClock && { clock: shareClock(clock) }),
    ...(config.callsMin !== undefined && { callsMin: config.callsMin }), evidenceDir: join(config.dataDir, 'evidence'), demoKeysDir: join(config.dataDir, 'keys'), oidc: config.oidc,
    rest: { host: config.host, port: config.restPort }, grpc: { host: config.host, port: config.grpcPort }, logLevel: config.logLevel, tracing: config.tracing,
  }, { health, metrics, ...(clock instanceof ManualClock && { simulation: simulationOf(clock, settle) }) });
  shutdown.onStop('traffic', 'gateway', () => gateway.close());
  return { gateway, store, clock, services, demoTokens: !config.oidc, databaseUrl: database.url, settle, lost: Promise.race([gateway.lost, ...(database.lost ? [database.lost] : [])]) };
}

async function embeddedPostgres(config: StandaloneConfig, shutdown: Shutdown, logger: Logger): Promise<KeptPostgres> {
  const postgres = await keepPostgres({
    dataDir: postgresDir(config), database: 'gridcase', signal: shutdown.signal, log: (line) => logger.debug({ postgres: line }, 'embedded PostgreSQL'),
    onEnded: () => logger.error('the embedded PostgreSQL has ended: it is started again'),
  });
  shutdown.onStop('servers', 'PostgreSQL', () => postgres.stop());
  noteRunningDatabase(config, postgres.url);
  return postgres;
}

/** What one service records another one follows. */
const settleAll = (store: EventStore, services: readonly RunningService[]): Promise<void> => untilAtRest(async () => {
  const head = await store.head();
  await Promise.all(services.map((service) => service.catchUp()));
  return head;
});

const simulationOf = (clock: ManualClock, settle: () => Promise<void>): Simulation => ({
  now: () => clock.now(),
  advanceTo: async (to) => {
    await settle();
    clock.set(to);
    await settle();
  },
});
