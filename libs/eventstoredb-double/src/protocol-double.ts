/**
 * An EventStoreDB node as its clients see it, on the service definitions the client itself was generated from: streams, server features, gossip,
 * users. Faults are switched on by tests. Test code only; what it claims of the real server is shown of both by server-facts.contract.ts.
 */
import { Metadata, Server, ServerCredentials, status, type ServerDuplexStream, type ServerReadableStream, type ServerUnaryCall, type ServerWritableStream, type sendUnaryData } from '@grpc/grpc-js';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { ClusterInfo, EndPoint, MemberInfo } from '@eventstore/db-client/generated/gossip_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import { AccessDenied, AllStreamPosition, Empty, MaximumAppendSizeExceeded, StreamDeleted, StreamIdentifier, Timeout, UUID, Unknown, WrongExpectedVersion } from '@eventstore/db-client/generated/shared_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { type AppendReq, AppendResp, type BatchAppendReq, BatchAppendResp, type DeleteReq, DeleteResp, ReadReq, ReadResp, type TombstoneReq, TombstoneResp } from '@eventstore/db-client/generated/streams_pb';
import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { Empty as GoogleEmpty } from 'google-protobuf/google/protobuf/empty_pb';
import type { Message } from 'google-protobuf';
import { EventLog, type AppendOutcome, type Expected, type From, type LogRecord, type Proposed } from './event-log';
import { serveSubscription, type Subscriber } from './subscriber';

export type Failure = 'aborted' | 'cancelled' | 'deadline' | 'not-ready' | 'silence' | 'unavailable' | 'unknown';
export interface AppendFault { /** `after` the append was written, or instead of it. */ when: 'before' | 'after'; answer: Failure }
export interface ProtocolDoubleOptions {
  log?: EventLog;
  /** 22.10 knows no "caught up", 23.10 drops slow consumers, 24.10 feeds them from the log again. */
  version?: '22.10' | '23.10' | '24.10';
  /** By name; without users the server is insecure. ACLs are looked up as the server does. */
  users?: Record<string, { password: string; groups?: string[] }>;
  tls?: { key: Buffer; cert: Buffer };
}

const failures: Record<Exclude<Failure, 'silence'>, { code: status; details: string }> = {
  aborted: { code: status.ABORTED, details: 'Operation timed out' },
  cancelled: { code: status.CANCELLED, details: 'Call cancelled by the server' },
  deadline: { code: status.DEADLINE_EXCEEDED, details: 'Deadline exceeded' },
  'not-ready': { code: status.UNAVAILABLE, details: 'Server Is Not Ready' },
  unavailable: { code: status.UNAVAILABLE, details: 'Connection dropped' },
  unknown: { code: status.UNKNOWN, details: 'Unexpected WriteEventsCompleted' },
};
/** A refusal as the server sends it: the client tells its kind by the trailer `exception`. */
const refusal = (code: status, exception: string, trailers: Record<string, string> = {}) => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries({ exception, ...trailers })) metadata.set(name, value);
  return { code, details: exception, metadata };
};
type Permission = '$r' | '$w' | '$d' | '$mr' | '$mw';
type Refusal = ReturnType<typeof refusal> | { code: status; details: string };

export class ProtocolDouble {
  readonly log: EventLog;
  version: NonNullable<ProtocolDoubleOptions['version']>;
  /** For the next appends, one each. */
  readonly appendFaults: AppendFault[] = [];
  /** For the next reads, one each. */
  readonly readFaults: Failure[] = [];
  /** Every call is refused as by a server that has just been started. */
  ready = true;
  /** The events of an append are not read for so long. */
  stallAppendsMs = 0;
  readonly calls = { append: 0, batchAppend: 0, read: 0, subscribe: 0 };
  readonly subscribers = new Set<Subscriber>();
  private readonly batches = new Set<ServerDuplexStream<BatchAppendReq, BatchAppendResp>>();
  private server = new Server();
  private port = 0;

  constructor(private readonly options: ProtocolDoubleOptions = {}) {
    this.log = options.log ?? new EventLog();
    this.version = options.version ?? '23.10';
  }

  get address(): string {
    return `localhost:${this.port}`;
  }
  get connectionString(): string {
    return `esdb://${this.address}?tls=false`;
  }

  async start(): Promise<this> {
    this.server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
    this.server.addService(StreamsService as any, {
      read: (call: ServerWritableStream<ReadReq, ReadResp>) => this.read(call),
      append: (call: ServerReadableStream<AppendReq, AppendResp>, answer: sendUnaryData<AppendResp>) => this.append(call, answer),
      batchAppend: (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>) => this.batchAppend(call),
      delete: (call: ServerUnaryCall<DeleteReq, DeleteResp>, answer: sendUnaryData<DeleteResp>) => this.remove(call, answer, new DeleteResp(), (stream) => this.log.deleteStream(stream)),
      tombstone: (call: ServerUnaryCall<TombstoneReq, TombstoneResp>, answer: sendUnaryData<TombstoneResp>) => this.remove(call, answer, new TombstoneResp(), (stream) => this.log.tombstone(stream)),
    });
    this.server.addService(ServerFeaturesService as any, {
      getSupportedMethods: (_: unknown, answer: sendUnaryData<SupportedMethods>) => answer(null, this.features()),
    });
    this.server.addService(GossipService as any, { read: (_: unknown, answer: sendUnaryData<ClusterInfo>) => answer(null, this.gossip()) });
    const credentials = this.options.tls ? ServerCredentials.createSsl(null, [{ private_key: this.options.tls.key, cert_chain: this.options.tls.cert }]) : ServerCredentials.createInsecure();
    this.port = await new Promise<number>((resolve, reject) => this.server.bindAsync(`127.0.0.1:${this.port}`, credentials, (error, port) => (error ? reject(error) : resolve(port))));
    return this;
  }

  /** Connections are cut; the port is kept for the next start. */
  stop(): void {
    this.server.forceShutdown();
    this.subscribers.clear();
    this.batches.clear();
  }

  /** The process ends and begins again on the same data. */
  async restart(): Promise<void> {
    this.stop();
    this.log.restart();
    await this.start();
  }

  /** Ends every subscription, as the server does with a slow consumer, or as a lost connection does; `end` = without an error. */
  dropSubscriptions(how: 'too-slow' | 'unavailable' | 'end'): number {
    const dropped = [...this.subscribers];
    for (const subscriber of dropped) subscriber.drop(how);
    return dropped.length;
  }

  /** An error of the shared stream of batch appends. */
  breakBatches(): void {
    for (const call of this.batches) call.emit('error', failures.unavailable);
    this.batches.clear();
  }

  private refuse(call: { metadata: Metadata }, permission: Permission, stream: string): Refusal | undefined {
    if (!this.ready) return failures['not-ready'];
    const { users } = this.options;
    if (!users) return undefined;
    const [, token] = /^Basic (.+)$/.exec(String(call.metadata.get('authorization')[0] ?? '')) ?? [];
    const [, name, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(token ?? '', 'base64').toString()) ?? [];
    const user = name === undefined ? undefined : users[name];
    if (!user || user.password !== password) return { code: status.UNAUTHENTICATED, details: 'bad credentials' };
    const roles = [name!, ...(user.groups ?? [])];
    const allowed = stream.startsWith('$$') ? this.acl(stream.slice(2), permission === '$r' ? '$mr' : '$mw') : this.acl(stream, permission);
    return roles.includes('$admins') || allowed.some((role) => role === '$all' || roles.includes(role)) ? undefined : refusal(status.PERMISSION_DENIED, 'access-denied');
  }

  /** The stream's own ACL, else that of `$settings`, else: user streams for everybody, system streams for administrators. */
  private acl(stream: string, permission: Permission): string[] {
    const system = stream.startsWith('$');
    const defaults = this.log.lastOf('$settings')?.[system ? '$systemStreamAcl' : '$userStreamAcl'];
    return [this.log.metadataOf(stream).$acl?.[permission] ?? defaults?.[permission] ?? (system ? '$admins' : '$all')].flat();
  }

  private append(call: ServerReadableStream<AppendReq, AppendResp>, answer: sendUnaryData<AppendResp>): void {
    this.calls.append++;
    let options: AppendReq.Options | undefined;
    const events: Proposed[] = [];
    call.on('data', (request: AppendReq) => {
      if (request.hasOptions()) options = request.getOptions();
      else events.push(proposed(request.getProposedMessage()!));
    });
    if (this.stallAppendsMs > 0) {
      call.pause();
      setTimeout(() => call.resume(), this.stallAppendsMs);
    }
    // Cutting a call off, the client ends the request before it resets it: the server cannot tell it from a complete one.
    call.on('end', () => options && this.finishAppend(call, options, events, answer));
  }

  private finishAppend(call: ServerReadableStream<AppendReq, AppendResp>, options: AppendReq.Options, events: Proposed[], answer: sendUnaryData<AppendResp>): void {
    const stream = nameOf(options.getStreamIdentifier());
    const refused = this.refuse(call, '$w', stream);
    if (refused) return answer(refused);
    const fault = this.appendFaults.shift();
    const expected: Expected = options.hasAny() ? 'any' : options.hasNoStream() ? 'no_stream' : options.hasStreamExists() ? 'stream_exists' : BigInt(options.getRevision());
    const outcome = fault?.when === 'before' ? undefined : this.log.append(stream, expected, events);
    if (fault?.answer === 'silence') return;
    if (fault) return answer(failures[fault.answer as Exclude<Failure, 'silence'>]);
    answerAppend(stream, expected, outcome!, answer);
  }

  private batchAppend(call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>): void {
    this.batches.add(call);
    const open = new Map<string, { options: BatchAppendReq.Options; events: Proposed[] }>();
    call.on('data', (request: BatchAppendReq) => {
      const id = request.getCorrelationId()!.getString();
      const batch = open.get(id) ?? { options: request.getOptions()!, events: [] };
      open.set(id, batch);
      batch.events.push(...request.getProposedMessagesList().map(proposed));
      if (!request.getIsFinal()) return;
      open.delete(id);
      this.calls.batchAppend++;
      const { options } = batch;
      const stream = nameOf(options.getStreamIdentifier());
      const refused = this.refuse(call, '$w', stream);
      if (refused) return void call.write(batchAnswer(request.getCorrelationId()!, stream, 'any', refused.code === status.PERMISSION_DENIED ? { kind: 'denied' } : { kind: 'failed', answer: 'not-ready' }));
      const fault = this.appendFaults.shift();
      const expected: Expected = options.hasAny() ? 'any' : options.hasNoStream() ? 'no_stream' : options.hasStreamExists() ? 'stream_exists' : BigInt(options.getStreamPosition());
      const outcome = fault?.when === 'before' ? undefined : this.log.append(stream, expected, batch.events);
      if (fault?.answer === 'silence') return;
      call.write(batchAnswer(request.getCorrelationId()!, stream, expected, fault ? { kind: 'failed', answer: fault.answer } : outcome!));
    });
    call.on('end', () => {
      this.batches.delete(call);
      call.end();
    });
    call.on('cancelled', () => this.batches.delete(call));
    call.on('error', () => this.batches.delete(call));
  }

  private read(call: ServerWritableStream<ReadReq, ReadResp>): void {
    const options = call.request.getOptions()!;
    const refused = this.refuse(call, '$r', options.hasStream() ? nameOf(options.getStream()!.getStreamIdentifier()) : '$all');
    if (refused) return void call.emit('error', refused);
    const fault = this.readFaults.shift();
    if (fault === 'silence') return;
    if (fault) return void call.emit('error', failures[fault]);
    if (options.hasSubscription()) {
      this.calls.subscribe++;
      serveSubscription(call, this);
      return;
    }
    this.calls.read++;
    const backwards = options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS;
    const count = Math.min(Number(options.getCount()), Number.MAX_SAFE_INTEGER);
    if (options.hasStream()) {
      const of = options.getStream()!;
      const stream = nameOf(of.getStreamIdentifier());
      const from: From<bigint> = of.hasStart() ? 'start' : of.hasEnd() ? 'end' : BigInt(of.getRevision());
      const page = this.log.readStream(stream, from, backwards, count);
      if (page.kind === 'deleted') return void call.emit('error', refusal(status.FAILED_PRECONDITION, 'stream-deleted', { 'stream-name': stream }));
      if (page.kind === 'not-found') {
        call.write(new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(of.getStreamIdentifier())));
        return void call.end();
      }
      return writeAll(call, page.records);
    }
    const all = options.getAll()!;
    const from: From<bigint> = all.hasStart() ? 'start' : all.hasEnd() ? 'end' : BigInt(all.getPosition()!.getCommitPosition());
    writeAll(call, this.log.readAll(from, backwards, count));
  }

  private remove<Response extends DeleteResp | TombstoneResp>(call: ServerUnaryCall<DeleteReq | TombstoneReq, Response>, answer: sendUnaryData<Response>, response: Response, run: (stream: string) => AppendOutcome): void {
    const stream = nameOf(call.request.getOptions()!.getStreamIdentifier());
    const refused = this.refuse(call, '$d', stream);
    if (refused) return answer(refused);
    const outcome = run(stream);
    if (outcome.kind === 'deleted') return answer(refusal(status.FAILED_PRECONDITION, 'stream-deleted', { 'stream-name': stream }));
    if (outcome.kind !== 'success') return answer(refusal(status.FAILED_PRECONDITION, 'wrong-expected-version', { 'stream-name': stream, 'expected-version': '-2' }));
    answer(null, response);
  }

  private features(): SupportedMethods {
    const methods = Object.entries(StreamsService).map(([, { path }]) => {
      const [, service, method] = (path as string).split('/') as [string, string, string];
      return new SupportedMethod().setServiceName(service.toLowerCase()).setMethodName(method.toLowerCase());
    });
    return new SupportedMethods().setEventStoreServerVersion(`${this.version}.0.0`).setMethodsList(methods);
  }

  private gossip(): ClusterInfo {
    const member = new MemberInfo().setInstanceId(new UUID().setString('00000000-0000-4000-8000-000000000002')).setTimeStamp('0').setState(MemberInfo.VNodeState.LEADER).setIsAlive(true)
      .setHttpEndPoint(new EndPoint().setAddress('localhost').setPort(this.port));
    return new ClusterInfo().setMembersList([member]);
  }
}

export const nameOf = (identifier: StreamIdentifier | undefined): string => Buffer.from(identifier!.getStreamName_asU8()).toString();

function proposed(message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): Proposed {
  const map = message.getMetadataMap();
  return { id: message.getId()!.getString(), type: map.get('type')!, contentType: map.get('content-type')!, data: message.getData_asU8(), metadata: message.getCustomMetadata_asU8() };
}

export function readEvent(record: LogRecord): ReadResp {
  const recorded = new ReadResp.ReadEvent.RecordedEvent()
    .setId(new UUID().setString(record.id)).setStreamIdentifier(new StreamIdentifier().setStreamName(Uint8Array.from(Buffer.from(record.stream))))
    .setStreamRevision(String(record.revision)).setCommitPosition(String(record.position)).setPreparePosition(String(record.position))
    .setData(record.data).setCustomMetadata(record.metadata);
  recorded.getMetadataMap().set('type', record.type).set('content-type', record.contentType).set('created', record.created);
  return new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(String(record.position)));
}

function writeAll(call: ServerWritableStream<ReadReq, ReadResp>, records: LogRecord[]): void {
  for (const record of records) call.write(readEvent(record));
  call.end();
}

function answerAppend(stream: string, expected: Expected, outcome: AppendOutcome, answer: sendUnaryData<AppendResp>): void {
  switch (outcome.kind) {
    case 'deleted': return answer(refusal(status.FAILED_PRECONDITION, 'stream-deleted', { 'stream-name': stream }));
    case 'too-large': return answer(refusal(status.INVALID_ARGUMENT, 'maximum-append-size-exceeded', { 'maximum-append-size': String(outcome.max) }));
    case 'wrong-version': {
      const wrong = new AppendResp.WrongExpectedVersion();
      if (outcome.current === undefined) wrong.setCurrentNoStream(new Empty());
      else wrong.setCurrentRevision(String(outcome.current));
      if (expected === 'any') wrong.setExpectedAny(new Empty());
      else if (expected === 'no_stream') wrong.setExpectedNoStream(new Empty());
      else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new Empty());
      else wrong.setExpectedRevision(String(expected));
      return answer(null, new AppendResp().setWrongExpectedVersion(wrong));
    }
    case 'success': {
      const success = new AppendResp.Success().setCurrentRevision(String(outcome.revision));
      if (outcome.position === undefined) success.setNoPosition(new Empty());
      else success.setPosition(new AppendResp.Position().setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position)));
      return answer(null, new AppendResp().setSuccess(success));
    }
  }
}

function batchAnswer(id: UUID, stream: string, expected: Expected, outcome: AppendOutcome | { kind: 'denied' } | { kind: 'failed'; answer: Failure }): BatchAppendResp {
  const response = new BatchAppendResp().setCorrelationId(id).setStreamIdentifier(new StreamIdentifier().setStreamName(Uint8Array.from(Buffer.from(stream))));
  const error = (name: string, details: Message) => {
    const any = new Any();
    any.pack(details.serializeBinary(), `event_store.client.${name}`);
    return response.setError(new Status().setMessage(name).setDetails(any));
  };
  switch (outcome.kind) {
    // What is no outcome of an append the client does not recognise ("Server Is Not Ready").
    case 'failed': return outcome.answer === 'deadline' || outcome.answer === 'aborted' ? error('Timeout', new Timeout()) : error('Unknown', new Unknown());
    case 'denied': return error('AccessDenied', new AccessDenied());
    case 'deleted': return error('StreamDeleted', new StreamDeleted());
    case 'too-large': return error('MaximumAppendSizeExceeded', new MaximumAppendSizeExceeded().setMaxappendsize(outcome.max));
    case 'wrong-version': {
      const wrong = new WrongExpectedVersion();
      if (outcome.current === undefined) wrong.setCurrentNoStream(new GoogleEmpty());
      else wrong.setCurrentStreamRevision(String(outcome.current));
      if (expected === 'any') wrong.setExpectedAny(new GoogleEmpty());
      else if (expected === 'no_stream') wrong.setExpectedNoStream(new GoogleEmpty());
      else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new GoogleEmpty());
      else wrong.setExpectedStreamPosition(String(expected));
      return error('WrongExpectedVersion', wrong);
    }
    case 'success': {
      const success = new BatchAppendResp.Success().setCurrentRevision(String(outcome.revision));
      if (outcome.position === undefined) success.setNoPosition(new GoogleEmpty());
      else success.setPosition(new AllStreamPosition().setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position)));
      return response.setSuccess(success);
    }
  }
}
