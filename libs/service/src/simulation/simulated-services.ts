import { setTimeout as delay } from 'node:timers/promises';
import { credentials, loadPackageDefinition, status, type Client, type GrpcObject, type ServiceClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Service } from '@gridcase/events';
import { SystemClock, type Instant } from '@gridcase/platform';
import { PROTO_OPTIONS, PROTO_PACKAGE } from '../rpc/messages';
import { RECONNECT } from '../service-client';
import { SIMULATION_PROTO_PATH, type CaughtUp, type ClockReading } from './simulation.controller';
import { untilAtRest } from './until-at-rest';

type Method<Request, Response> = (request: Request, options: { deadline: number }, callback: (error: ServiceError | null, response: Response) => void) => void;
interface SimulationClient extends Pick<Client, 'close'> { readClock: Method<object, ClockReading>; moveClock: Method<ClockReading, ClockReading>; catchUp: Method<object, CaughtUp> }

const CALL_TIMEOUT_MS = 90_000;
const RETRY_MS = 200;

/** All services with simulated clocks, moved as one. */
export class SimulatedServices {
  private readonly clients: [Service, SimulationClient][];
  private turn: Promise<unknown> = Promise.resolve();

  constructor(addresses: Readonly<Record<Service, string>>) {
    const definition = loadPackageDefinition(loadSync(SIMULATION_PROTO_PATH, PROTO_OPTIONS));
    const Simulation = PROTO_PACKAGE.split('.').reduce((found, name) => found[name] as GrpcObject, definition)['Simulation'] as ServiceClientConstructor;
    this.clients = (Object.entries(addresses) as [Service, string][]).map(([service, address]) => [service, new Simulation(address, credentials.createInsecure(), RECONNECT) as unknown as SimulationClient]);
  }

  /** The latest of all: a service that was away stands behind. Waits for services that are not there yet. */
  async now(): Promise<Instant> {
    const readings = await Promise.all(this.clients.map(([service, client]) => call<ClockReading>(service, (options, done) => client.readClock({}, options, done))));
    return readings.map(({ now }) => now!).reduce((latest, now) => (now > latest ? now : latest));
  }

  /** Everything that is to happen before has happened when the clocks move, and what the new moment brings about when it resolves. */
  advanceTo(to: Instant, meanwhile: () => void = () => undefined): Promise<void> {
    const advance = async () => {
      await this.settle();
      await this.moveTo(to);
      meanwhile();
      await this.settle();
    };
    const mine = this.turn.then(advance);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  close(): void {
    for (const [, client] of this.clients) client.close();
  }

  private async moveTo(now: Instant): Promise<void> {
    // What comes due is sent by sla-monitor: the others must already stand at that moment, or would find it in the future.
    const others = this.clients.filter(([service]) => service !== 'sla-monitor');
    const last = this.clients.filter(([service]) => service === 'sla-monitor');
    for (const group of [others, last]) await Promise.all(group.map(([service, client]) => call<ClockReading>(service, (options, done) => client.moveClock({ now }, options, done))));
  }

  /** What one service records another one follows. */
  private settle(): Promise<void> {
    return untilAtRest(async () => {
      const heads = await Promise.all(this.clients.map(async ([service, client]) => (await call<CaughtUp>(service, (options, done) => client.catchUp({}, options, done))).head!));
      return heads.every((head) => head === heads[0]) ? BigInt(heads[0]!) : undefined;
    });
  }
}

/** Again while a service cannot be reached: it may be starting. Every one of these calls may be repeated. */
async function call<Response>(service: Service, send: (options: { deadline: number }, done: (error: ServiceError | null, response: Response) => void) => void): Promise<Response> {
  const begun = performance.now();
  for (;;) {
    const leftMs = CALL_TIMEOUT_MS - (performance.now() - begun);
    try {
      return await new Promise<Response>((resolve, reject) => send({ deadline: Date.parse(machineClock.now()) + leftMs }, (error, response) => (error ? reject(error) : resolve(response))));
    } catch (error) {
      if ((error as ServiceError).code !== status.UNAVAILABLE || leftMs <= RETRY_MS) throw new Error(`${service}: ${(error as Error).message}`, { cause: error });
      await delay(RETRY_MS);
    }
  }
}

/** grpc-js compares a deadline with the machine's clock. */
const machineClock = new SystemClock();
