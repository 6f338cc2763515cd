import type { Pool } from 'pg';
import type { EventBus } from '@gridcase/bus';
import type { EventStore } from '@gridcase/event-store';
import type { Clock, Health, Logger, Metrics, Tracer } from '@gridcase/platform';
import type { SimulatedClock } from './simulation/simulated-clock';

/** What a composition root gives to a service. Shared things (pool, store, bus) are closed by who made them, not by the service. */
export interface Adapters {
  clock: Clock;
  store: EventStore;
  bus: EventBus;
  pool: Pool;
  /** This service's own schema: read models, checkpoints, working tables. */
  schema: string;
  /** Address of the internal gRPC endpoint; `127.0.0.1:0` takes a free port. */
  listen: string;
  metrics?: Metrics;
  logger?: Logger;
  tracer?: Tracer;
  /** Gets a readiness check of this service while it runs. */
  health?: Health;
  /** The clock is one that internal calls move: they are answered only then. */
  simulation?: SimulatedClock;
}

export const CLOCK = Symbol('CLOCK');
export const EVENT_STORE = Symbol('EVENT_STORE');
export const POOL = Symbol('POOL');
export const SCHEMA = Symbol('SCHEMA');
export const SERVICE_NAME = Symbol('SERVICE_NAME');
export const SERVICE_LOGGER = Symbol('SERVICE_LOGGER');
export const SERVICE_TRACER = Symbol('SERVICE_TRACER');
export const SERVICE_OPTIONS = Symbol('SERVICE_OPTIONS');
export const SIMULATED_CLOCK = Symbol('SIMULATED_CLOCK');
export const COMMAND_HANDLER = Symbol('COMMAND_HANDLER');
export const COMMAND_METRICS = Symbol('COMMAND_METRICS');
