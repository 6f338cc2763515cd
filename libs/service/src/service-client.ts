import { setTimeout as delay } from 'node:timers/promises';
import { credentials, loadPackageDefinition, status, type Client, type GrpcObject, type ServiceClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { commandOwners, type CommandType, type Service } from '@gridcase/events';
import { inSpan, SystemClock, Tracer, within, type CommandCall, type CommandReply, type QueryCall, type QueryReply, type Span } from '@gridcase/platform';
import { refused, replyAttributes } from './replies';
import { CommandChannel, type CallFailed, type CommandStream } from './rpc/command-channel';
import { MESSAGE_BYTES_MAX, PROTO_OPTIONS, PROTO_PACKAGE, PROTO_PATH, commandReplyFrom, commandTo, queryReplyFrom, queryTo, type QueryRequest, type QueryResponse } from './rpc/messages';

/** The service cannot be reached, or did not answer in time. A command may have been done: retry it with the same command id. */
export class ServiceUnavailable extends Error {
  readonly code = 'SERVICE_UNAVAILABLE';
  constructor(readonly service: Service, cause: unknown) { super(`service ${service} is not available: ${(cause as Error)?.message ?? String(cause)}`, { cause }); this.name = 'ServiceUnavailable'; }
}
/** The service failed in a way it did not expect. Its log has the details under this correlation id. */
export class ServiceFailed extends Error {
  constructor(readonly service: Service, readonly correlationId: string, cause: unknown) { super(`service ${service} failed, correlation id ${correlationId}`, { cause }); this.name = 'ServiceFailed'; }
}

export interface ServiceClientOptions {
  /** For one call, its retries included. */
  deadlineMs?: number;
  /** Tries of a call that the network refused, the first included. */
  attemptsMax?: number;
  retryDelayMs?: number;
  /** Streams of commands to each service: spread over its copies. More than one only where there are copies: commands of one stream share messages. Default 1. */
  commandStreams?: number;
  /** A stream of commands older than this is replaced, so that copies added later get their share. */
  commandStreamAgeMaxMs?: number;
  tracer?: Tracer;
}

const defaults: Required<ServiceClientOptions> = { deadlineMs: 15_000, attemptsMax: 4, retryDelayMs: 50, commandStreams: 1, commandStreamAgeMaxMs: 20_000, tracer: Tracer.none };
/** A service that died again and again is found soon after it stays. */
export const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 2_000 };
const CHANNEL = {
  'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
  'grpc.keepalive_time_ms': 30_000, 'grpc.keepalive_timeout_ms': 10_000, 'grpc.keepalive_permit_without_calls': 1,
  ...RECONNECT,
  // Retries are ours, below, with a bound that is told.
  'grpc.enable_retries': 0,
  // Copies that are replaced one soon after the other: by default names would be asked again only after 30 s.
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  // An address that stands for several copies: each call and each stream of commands to the next of them.
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
};
const TRANSPORT_FAILURES: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED, status.RESOURCE_EXHAUSTED]);

/** Cancelled by us only when the client is closed; else by a service that ended before it was done. */
const LOST: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.CANCELLED]);

interface ServiceCallsClient extends Pick<Client, 'close' | 'waitForReady'> {
  execute(): CommandStream;
  query(request: QueryRequest, options: { deadline: number }, callback: (error: ServiceError | null, response: QueryResponse) => void): void;
}
interface Connection { client: ServiceCallsClient; lanes: CommandChannel[]; turn: number }

/** Calls services by their internal gRPC endpoint: one connection to each copy that the address names, opened with the first call. */
export class ServiceClient {
  private readonly options: Required<ServiceClientOptions>;
  private readonly connections = new Map<Service, Connection>();
  private closed = false;

  constructor(addresses: Partial<Record<Service, string>>, options: ServiceClientOptions = {}) {
    this.options = { ...defaults, ...options };
    const definition = loadPackageDefinition(loadSync(PROTO_PATH, PROTO_OPTIONS));
    const ServiceCalls = PROTO_PACKAGE.split('.').reduce((found, name) => found[name] as GrpcObject, definition)['ServiceCalls'] as ServiceClientConstructor;
    for (const [service, address] of Object.entries(addresses)) {
      const client = new ServiceCalls(address, credentials.createInsecure(), CHANNEL) as unknown as ServiceCallsClient;
      const lanes = Array.from({ length: this.options.commandStreams }, () => new CommandChannel(() => client.execute(), this.options.commandStreamAgeMaxMs));
      this.connections.set(service as Service, { client, lanes, turn: 0 });
    }
  }

  /** To the service that owns the command. @throws ServiceUnavailable | ServiceFailed */
  async command(call: CommandCall): Promise<CommandReply> {
    if (!Object.hasOwn(commandOwners, call.type)) return refused('UNKNOWN_COMMAND', { type: call.type });
    const service = commandOwners[call.type as CommandType];
    const span = this.span(service, call.type, call);
    const request = commandTo(within(span, call));
    return inSpan(span, async () => commandReplyFrom(await this.call(service, call.context.correlationId, (connection, timeoutMs) => nextLane(connection).send(request, timeoutMs))), replyAttributes);
  }

  /** @throws ServiceUnavailable | ServiceFailed */
  async query<T = any>(service: Service, call: QueryCall): Promise<QueryReply<T>> {
    const span = this.span(service, call.name, call);
    const request = queryTo(within(span, call));
    const ask = ({ client }: Connection, timeoutMs: number) => new Promise<QueryResponse>((resolve, reject) =>
      client.query(request, { deadline: deadlineIn(timeoutMs) }, (error, response) => (error ? reject(error) : resolve(response))));
    return inSpan(span, async () => queryReplyFrom<T>(await this.call(service, call.context.correlationId, ask)), replyAttributes);
  }

  /** Resolves when every service can be reached. @throws ServiceUnavailable naming the first that cannot within the time. */
  async ready(timeoutMs: number): Promise<void> {
    const deadline = deadlineIn(timeoutMs);
    await Promise.all([...this.connections].map(([service, { client }]) => new Promise<void>((resolve, reject) =>
      client.waitForReady(deadline, (error) => (error ? reject(new ServiceUnavailable(service, error)) : resolve())))));
  }

  /** Which services can be reached within the time. */
  async reachable(timeoutMs: number): Promise<Partial<Record<Service, boolean>>> {
    const deadline = deadlineIn(timeoutMs);
    return Object.fromEntries(await Promise.all([...this.connections].map(([service, { client }]) =>
      new Promise<[Service, boolean]>((resolve) => client.waitForReady(deadline, (error) => resolve([service, !error]))))));
  }

  /** Calls in hand are given up. */
  close(): void {
    this.closed = true;
    for (const { client, lanes } of this.connections.values()) {
      for (const lane of lanes) lane.close();
      client.close();
    }
  }

  private span(service: Service, name: string, { context: { trace } }: CommandCall | QueryCall): Span | undefined {
    return this.options.tracer.span(`${service} ${name}`, trace, { kind: 'client', attributes: { 'rpc.system': 'grpc', 'peer.service': service } });
  }

  /**
   * Again only when the connection failed, a bounded number of times. Whether the call went through is then unknown, and does not
   * matter: commands are idempotent by command id, queries change nothing.
   */
  private async call<Response>(service: Service, correlationId: string, send: (connection: Connection, timeoutMs: number) => Promise<Response>): Promise<Response> {
    const connection = this.connections.get(service);
    if (!connection) throw new ServiceUnavailable(service, new Error('no address configured'));
    const begun = performance.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return await send(connection, this.options.deadlineMs - (performance.now() - begun));
      } catch (error) {
        const { code } = error as ServiceError | CallFailed;
        const pauseMs = this.options.retryDelayMs * 2 ** (attempt - 1);
        if (LOST.has(code) && !this.closed && attempt < this.options.attemptsMax && performance.now() - begun + pauseMs < this.options.deadlineMs) {
          await delay(pauseMs);
          continue;
        }
        throw TRANSPORT_FAILURES.has(code) ? new ServiceUnavailable(service, error) : new ServiceFailed(service, correlationId, error);
      }
    }
  }
}

const nextLane = (connection: Connection): CommandChannel => connection.lanes[connection.turn++ % connection.lanes.length]!;

/** grpc-js compares a deadline with the machine's clock, whatever the platform's clock says. */
const machineClock = new SystemClock();
const deadlineIn = (ms: number): number => Date.parse(machineClock.now()) + ms;
