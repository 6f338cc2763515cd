import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Service } from '@gridcase/events';
import type { Health, Metrics } from '@gridcase/platform';
import type { Gateway, Simulation } from '@gridcase-apps/gateway';
import type { StandaloneConfig } from '../standalone-config';
import { PortCalls } from './port-calls';
import type { ClockCell } from './shared-clock';

/** Everything the thread is told: plain data. */
export interface GatewayThreadOptions {
  /** gRPC addresses of the services: the only way from the gateway to them, also within one process. */
  addresses: Record<Service, string>;
  /** Of a simulated clock; absent = the machine's. */
  clock?: ClockCell;
  /** Calls to one service that are always let in at a time. */
  callsMin?: number;
  evidenceDir: string;
  /** Where the demo issuer keeps its key, when there is no OpenID Connect provider. */
  demoKeysDir: string;
  oidc?: StandaloneConfig['oidc'];
  rest: { host: string; port: number };
  grpc: { host: string; port: number };
  logLevel: StandaloneConfig['logLevel'];
  tracing?: StandaloneConfig['tracing'];
}
/** What the gateway needs from the services' thread besides their calls. */
export interface ServicesSide { health: Health; metrics: Metrics; simulation?: Simulation }

export interface GatewayThread extends Gateway {
  /** Resolves with the reason when the thread has ended by itself; never after `close`. */
  lost: Promise<Error>;
}

/** The same way up from `src/gateway-thread` and from `dist/gateway-thread`: a worker is started from compiled code. */
const WORKER = join(__dirname, '../../dist/gateway-thread/gateway-worker.js');

/** HTTP, access and validation beside the services, on a core of their own: a command costs either side about the same. */
export async function startGatewayThread(options: GatewayThreadOptions, { health, metrics, simulation }: ServicesSide): Promise<GatewayThread> {
  const worker = new Worker(WORKER, { workerData: options, name: 'gateway' });
  const calls = new PortCalls(worker, {
    readiness: () => health.readiness(),
    metrics: () => metrics.text(),
    advanceTo: (to: string) => simulation!.advanceTo(to),
  });
  let closing: Promise<void> | undefined;
  let failure: Error | undefined;
  const lost = new Promise<Error>((tell) => {
    worker.once('error', (error) => (failure = error));
    worker.once('exit', (code) => {
      const reason = failure ?? new Error(`the gateway's thread ended with ${code}`);
      calls.end(reason);
      if (!closing) tell(reason);
    });
  });
  const close = async (): Promise<void> => {
    try {
      await calls.ask('stop');
    } finally {
      await worker.terminate();
    }
  };
  try {
    const { url, grpcAddress } = await calls.ask<{ url: string; grpcAddress: string }>('start');
    return { url, grpcAddress, lost, close: () => (closing ??= close()) };
  } catch (error) {
    closing = Promise.resolve();
    await worker.terminate();
    throw error;
  }
}
