import type { Pool } from 'pg';
import type { EventStore } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';
import { reactorSpan, type ReactorSpan } from '@gridcase/projections';
import { DELIVERED_KEPT_MS, EffectOutbox, WEBHOOK, effectId, type OutboxRow } from '@gridcase/service';
import { WEBHOOK_NOTICES } from '@gridcase-apps/dispatch';
import { GRACE_MS } from './clocks.section';
import type { Received } from './journals';
import { Findings, type OnProgress, type SectionReport } from './report';
import { walkRecord } from './walk-record';

export interface EffectsOptions {
  /** Types of events that are told. Default: those that have rows, each from its first row on. */
  told?: readonly string[];
  /** What the receiver noted. */
  received?: readonly Received[];
  graceMs?: number;
  findingsMax?: number;
  pageEvents?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}
const SERVICE = 'dispatch';
const HOUR_MS = 3_600_000;

/**
 * Every effect on the outside happened once in effect: each event that is told has its one row in the outbox, each row its event; what was delivered
 * was accepted by the receiver, under the row's id, with one body; and nothing was accepted that nobody sent.
 */
export async function checkEffects(store: EventStore, pool: Pool, schema: string, options: EffectsOptions = {}): Promise<SectionReport> {
  const { signal, pageEvents, onProgress } = options;
  const outbox = new EffectOutbox(pool, schema);
  // In this order: every row up to where the reactor stood was written before the rows are read.
  const span = await reactorSpan(pool, schema, WEBHOOK_NOTICES);
  const told = await toldFrom(outbox, span, options.told);
  const rows = new RowsInOrder(outbox.inOrder(WEBHOOK));
  try {
    const first = await rows.peek();
    const head = await store.head();
    const check = new EffectsCheck(`${schema}.outbox`, told, span?.position ?? 0n, options);
    await walkRecord(store, {
      after: smallest([...told.values(), ...(first ? [first.position - 1n] : []), head]), until: head, categories: ['case'], signal, ...(pageEvents !== undefined && { pageEvents }),
      onProgress: (position) => onProgress?.({ section: 'effects', position, head }),
    }, async (event) => check.see(event, await rows.upTo(event.position)));
    for (let row = await rows.take(); row; row = await rows.take()) check.withoutEvent(row);
    await check.checkHandled(async () => (await reactorSpan(pool, schema, WEBHOOK_NOTICES))?.position);
    return check.finish();
  } finally {
    await rows.close();
  }
}

/**
 * Type → position after which each of its events has a row that is still there. Rows are deleted a week after their delivery: what is older than that is
 * not missed.
 */
async function toldFrom(outbox: EffectOutbox, span: ReactorSpan | undefined, types: readonly string[] | undefined): Promise<Map<string, bigint>> {
  if (!span) return new Map(); // switched off, or never on
  const keptMs = DELIVERED_KEPT_MS - HOUR_MS;
  const isYoung = span.begun !== null && span.begunAgoMs! < keptMs;
  const firsts = await outbox.firstPositions(WEBHOOK, keptMs);
  const from = isYoung ? span.begun! : smallest([span.position, ...[...firsts.values()].map((first) => first - 1n)]);
  if (types) return new Map(types.map((type) => [type, from]));
  return new Map([...firsts].map(([kind, first]) => [kind, first - 1n > from ? first - 1n : from]));
}

const smallest = (positions: readonly bigint[]): bigint => positions.reduce((a, b) => (b < a ? b : a));

class EffectsCheck {
  private readonly findings: Findings;
  private readonly received: ReadonlyMap<string, { accepted: boolean; bodies: Set<string> }> | undefined;
  private readonly known = new Set<string>();
  private readonly figures = { rows: 0, delivered: 0, waiting: 0, given_up: 0, received: 0 };
  /** The last one the reactor had not come to when the check began. */
  private unhandled: StoredEvent | undefined;

  constructor(private readonly table: string, private readonly told: ReadonlyMap<string, bigint>, private readonly handledUpTo: bigint, private readonly options: EffectsOptions) {
    this.findings = new Findings('effects', options.findingsMax);
    this.received = options.received && byId(options.received);
    this.figures.received = options.received?.length ?? 0;
  }

  /** `rows`: those that stand up to the event, and behind the event before it. */
  see(event: StoredEvent, rows: readonly OutboxRow[]): void {
    const id = effectId(event, WEBHOOK);
    let found = false;
    for (const row of rows) {
      if (row.position !== event.position || row.id !== id) { this.withoutEvent(row); continue; }
      found = true;
      this.count(row);
      if (row.kind !== event.type || row.stream !== event.stream || row.revision !== event.revision) this.find(row, 'row-differs', `its event is ${event.type} of ${event.stream}, revision ${event.revision}`);
    }
    const from = this.told.get(event.type);
    if (found || from === undefined || event.position <= from) return;
    if (event.position > this.handledUpTo) { this.unhandled = event; return; }
    this.missing(event, 'row-missing', `${event.type} is told and has no row`);
  }

  withoutEvent(row: OutboxRow): void {
    this.count(row);
    this.find(row, 'row-without-event', `no ${row.kind} stands there that would give this row`);
  }

  /** What was recorded before the check began must be handled when it ends. */
  async checkHandled(position: () => Promise<bigint | undefined>): Promise<void> {
    if (this.unhandled && ((await position()) ?? 0n) < this.unhandled.position) this.missing(this.unhandled, 'not-handled', `${this.unhandled.type} is told, and the reactor has not come to it yet`);
  }

  finish(): SectionReport {
    for (const [id, { accepted, bodies }] of this.received ?? []) {
      if (bodies.size > 1) this.findings.add({ kind: 'received-differently', service: SERVICE, key: id, detail: `the receiver got ${bodies.size} different bodies under this id` });
      if (accepted && !this.known.has(id)) this.findings.add({ kind: 'received-without-row', service: SERVICE, table: this.table, key: id, detail: 'the receiver accepted what is not in the outbox' });
    }
    const { rows, delivered, waiting, given_up, received } = this.figures;
    return this.findings.report(`${rows} effects on the outside (${delivered} delivered, ${waiting} waiting, ${given_up} given up)${this.received ? `, ${received} requests at the receiver` : ''}`, 'each happened once in effect', this.figures);
  }

  private count(row: OutboxRow): void {
    const { graceMs = GRACE_MS } = this.options;
    this.figures.rows += 1;
    this.figures[row.state] += 1;
    if (this.received) this.known.add(row.id);
    if (row.state === 'given_up') this.find(row, 'given-up', `${row.attempts} attempts, last ${row.lastError ?? 'unknown'}`);
    if (row.state === 'waiting' && row.waitedMs > graceMs) this.find(row, 'waiting', `for ${Math.round(row.waitedMs / 1_000)} s, ${row.attempts} attempts, last ${row.lastError ?? 'none'}`);
    if (row.state === 'delivered' && this.received && !this.received.get(row.id)?.accepted) this.find(row, 'not-received', 'delivered, and the receiver accepted nothing under this id');
  }

  private find({ id, stream, revision, position }: OutboxRow, kind: string, detail: string): void {
    this.findings.add({ kind, service: SERVICE, table: this.table, key: id, stream, revision, position: String(position), detail });
  }

  private missing(event: StoredEvent, kind: string, detail: string): void {
    this.findings.add({ kind, service: SERVICE, table: this.table, key: effectId(event, WEBHOOK), stream: event.stream, revision: event.revision, position: String(event.position), detail });
  }
}

function byId(received: readonly Received[]): Map<string, { accepted: boolean; bodies: Set<string> }> {
  const ids = new Map<string, { accepted: boolean; bodies: Set<string> }>();
  for (const { id, status, sha256 } of received) {
    let of = ids.get(id);
    if (!of) ids.set(id, (of = { accepted: false, bodies: new Set() }));
    if (status >= 200 && status < 300) of.accepted = true;
    if (sha256) of.bodies.add(sha256);
  }
  return ids;
}

/** Rows one after the other, a page in memory. */
class RowsInOrder {
  private page: OutboxRow[] = [];
  private next = 0;

  constructor(private readonly pages: AsyncGenerator<OutboxRow[]>) {}

  async peek(): Promise<OutboxRow | undefined> {
    if (this.next >= this.page.length) {
      const { value } = await this.pages.next();
      [this.page, this.next] = [value ?? [], 0];
    }
    return this.page[this.next];
  }

  async take(): Promise<OutboxRow | undefined> {
    const row = await this.peek();
    this.next += 1;
    return row;
  }

  async upTo(position: bigint): Promise<OutboxRow[]> {
    const rows: OutboxRow[] = [];
    for (let row = await this.peek(); row && row.position <= position; row = await this.peek()) {
      rows.push(row);
      this.next += 1;
    }
    return rows;
  }

  /** Gives the connection back. */
  async close(): Promise<void> { await this.pages.return(undefined); }
}
