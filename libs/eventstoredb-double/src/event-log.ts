/**
 * What an EventStoreDB node 23.10 does with appends and reads, as a plain in-memory model: expected revisions, idempotency by event id, stream
 * metadata, soft delete, tombstone, system events between the others, positions with gaps. Test code only.
 */
export interface LogRecord {
  position: bigint;
  stream: string;
  revision: bigint;
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
  /** .NET ticks. */
  created: string;
}
export interface Proposed { id: string; type: string; contentType: string; data: Uint8Array; metadata: Uint8Array }
export type Expected = 'any' | 'no_stream' | 'stream_exists' | bigint;
export type AppendOutcome =
  | { kind: 'success'; revision: bigint; /** Absent for a repeat whose event is no longer readable. */ position: bigint | undefined }
  | { kind: 'wrong-version'; current: bigint | undefined }
  | { kind: 'deleted' }
  | { kind: 'too-large'; max: number };
export type StreamPage = { kind: 'not-found' } | { kind: 'deleted' } | { kind: 'events'; records: LogRecord[] };
export type From<T> = 'start' | 'end' | T;

const REVISION_MAX = 2n ** 63n - 1n;
const FIRST_CREATED_TICKS = 17_590_000_000_000_000n;
const EMPTY = new Uint8Array();
const json = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

export interface EventLogOptions {
  /** Bytes of data in one append. */
  appendSizeMax?: number;
  /** A system event (`$stats-…`) after every so many appends; 0 = none. */
  systemEventEvery?: number;
  /** Ids the server remembers for appends with "any". */
  committedIdsMax?: number;
}

export class EventLog {
  readonly records: LogRecord[] = [];
  private readonly streams = new Map<string, LogRecord[]>();
  private readonly tombstoned = new Set<string>();
  /** Only of this run of the server: what "any" and "stream exists" are compared with. */
  private committed = new Map<string, { revision: bigint; position: bigint }>();
  private readonly listeners = new Set<() => void>();
  private nextPosition = 8_192n;
  private appends = 0;

  constructor(private readonly options: EventLogOptions = {}) {
    this.writeSystem('$users', '$User', {});
    this.writeSystem('$$$stats-127.0.0.1:2113', '$metadata', { $maxAge: 86_400 });
  }

  onAppend(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** As after a restart of the process: what was kept in memory only is gone. */
  restart(): void {
    this.committed.clear();
  }

  append(stream: string, expected: Expected, events: Proposed[]): AppendOutcome {
    const sizeMax = this.options.appendSizeMax ?? 1024 * 1024;
    if (events.reduce((sum, { data }) => sum + data.length, 0) > sizeMax) return { kind: 'too-large', max: sizeMax };
    if (this.tombstoned.has(stream)) return { kind: 'deleted' };
    const present = this.streams.get(stream) ?? [];
    const last = BigInt(present.length - 1);
    const softDeleted = this.isSoftDeleted(stream);
    const wrong: AppendOutcome = { kind: 'wrong-version', current: last < 0n ? undefined : last };
    if (expected === 'any' || expected === 'stream_exists') {
      if (expected === 'stream_exists' && softDeleted) return { kind: 'deleted' };
      if (expected === 'stream_exists' && last < 0n && !this.streams.has(`$$${stream}`)) return wrong;
      const known = events.map(({ id }) => this.committed.get(`${stream}/${id}`));
      if (events.length > 0 && known[0]) return known.every(Boolean) ? { kind: 'success', ...known.at(-1)! } : wrong;
    } else if (expected === 'no_stream') {
      if (last >= 0n && !softDeleted) return this.idempotent(stream, present, 0n, events) ?? wrong;
    } else if (expected < last) {
      return this.idempotent(stream, present, expected + 1n, events) ?? wrong;
    } else if (expected > last) {
      return wrong;
    }
    const written = events.map((event) => this.write(stream, event));
    if (softDeleted && written.length > 0) this.writeMetadata(stream, JSON.stringify({ $tb: Number(written[0]!.revision) }));
    this.appends++;
    const every = this.options.systemEventEvery ?? 3;
    if (every > 0 && this.appends % every === 0) this.writeSystem('$stats-127.0.0.1:2113', '$statsCollected', { n: this.appends });
    this.tell();
    return { kind: 'success', revision: last + BigInt(events.length), position: written.at(-1)?.position };
  }

  /** The same ids at the same place count as written, whatever else differs. */
  private idempotent(stream: string, present: LogRecord[], first: bigint, events: Proposed[]): AppendOutcome | undefined {
    const there = present.slice(Number(first), Number(first) + events.length);
    if (there.length < events.length || !there.every(({ id }, i) => id === events[i]!.id)) return undefined;
    const last = there.at(-1)!;
    return { kind: 'success', revision: last.revision, position: this.visible(stream).includes(last) ? last.position : undefined };
  }

  /** Soft delete: the events stay in `$all`, the stream is gone until the next append. */
  deleteStream(stream: string): AppendOutcome {
    if (this.tombstoned.has(stream)) return { kind: 'deleted' };
    if (!this.streams.has(stream)) return { kind: 'wrong-version', current: undefined };
    const position = this.writeMetadata(stream, `{"$tb":${REVISION_MAX}}`);
    this.tell();
    return { kind: 'success', revision: REVISION_MAX, position };
  }

  tombstone(stream: string): AppendOutcome {
    if (this.tombstoned.has(stream)) return { kind: 'deleted' };
    this.tombstoned.add(stream);
    const record = this.record(stream, REVISION_MAX, { id: '00000000-0000-4000-8000-000000000001', type: '$streamDeleted', contentType: 'application/json', data: json({}), metadata: EMPTY });
    this.tell();
    return { kind: 'success', revision: REVISION_MAX, position: record.position };
  }

  /** @param document `$maxCount`, `$tb`: replaces what was there. */
  writeMetadata(stream: string, document: string): bigint {
    return this.writeSystem(`$$${stream}`, '$metadata', document).position;
  }

  writeSystem(stream: string, type: string, data: unknown): LogRecord {
    const record = this.write(stream, { id: `00000000-0000-4000-9000-${String(this.records.length).padStart(12, '0')}`, type, contentType: 'application/json', data: json(data), metadata: EMPTY });
    this.tell();
    return record;
  }

  readStream(stream: string, from: From<bigint>, backwards: boolean, count: number): StreamPage {
    if (this.tombstoned.has(stream)) return { kind: 'deleted' };
    if (!this.streams.has(stream) || this.isSoftDeleted(stream)) return { kind: 'not-found' };
    const visible = this.visible(stream);
    if (backwards) return { kind: 'events', records: visible.filter(({ revision }) => from === 'end' || (from !== 'start' && revision <= from)).reverse().slice(0, count) };
    return { kind: 'events', records: from === 'end' ? [] : visible.filter(({ revision }) => from === 'start' || revision >= from).slice(0, count) };
  }

  /** Forwards from the position itself, backwards from before it. */
  readAll(from: From<bigint>, backwards: boolean, count: number): LogRecord[] {
    if (backwards) {
      const end = from === 'end' ? this.records.length : from === 'start' ? 0 : this.indexFrom(from);
      return this.records.slice(Math.max(0, end - count), end).reverse();
    }
    const start = from === 'start' ? 0 : from === 'end' ? this.records.length : this.indexFrom(from);
    return this.records.slice(start, start + count);
  }

  /** For subscriptions, whose start is exclusive. */
  after(position: bigint, count: number): LogRecord[] {
    const start = this.indexFrom(position + 1n);
    return this.records.slice(start, start + count);
  }

  get lastPosition(): bigint {
    return this.records.at(-1)?.position ?? 0n;
  }

  /** Data of a stream's last event. */
  lastOf(stream: string): Record<string, any> | undefined {
    const last = this.streams.get(stream)?.at(-1);
    return last && JSON.parse(Buffer.from(last.data).toString());
  }

  private indexFrom(position: bigint): number {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.records[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  metadataOf(stream: string): { $maxCount?: number; $tb?: number; $acl?: Record<string, string | string[]> } {
    return this.lastOf(`$$${stream}`) ?? {};
  }

  private isSoftDeleted(stream: string): boolean {
    return (this.metadataOf(stream).$tb ?? 0) >= Number(REVISION_MAX);
  }

  private visible(stream: string): LogRecord[] {
    const present = this.streams.get(stream) ?? [];
    const { $maxCount = Infinity, $tb = 0 } = this.metadataOf(stream);
    return present.slice(Math.min(Math.max($tb, present.length - $maxCount, 0), present.length));
  }

  private write(stream: string, event: Proposed): LogRecord {
    const present = this.streams.get(stream) ?? [];
    const record = this.record(stream, BigInt(present.length), event);
    this.streams.set(stream, present);
    present.push(record);
    this.committed.set(`${stream}/${event.id}`, { revision: record.revision, position: record.position });
    if (this.committed.size > (this.options.committedIdsMax ?? 1_000)) this.committed.delete(this.committed.keys().next().value!);
    return record;
  }

  private record(stream: string, revision: bigint, event: Proposed): LogRecord {
    const record: LogRecord = { ...event, position: this.nextPosition, stream, revision, created: String(FIRST_CREATED_TICKS + BigInt(this.records.length) * 10_000n) };
    this.nextPosition += BigInt(87 + stream.length * 2 + event.data.length + event.metadata.length);
    this.records.push(record);
    return record;
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
