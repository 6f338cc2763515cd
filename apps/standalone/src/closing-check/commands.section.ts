import { eventIdOf, type EventStore } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';
import { commandIdOfKey } from '@gridcase/service';
import type { Acknowledged } from './journals';
import { Findings, type SectionReport } from './report';

/** Events of one command that stand one behind the other on its stream: one append. */
interface Run { stream: string; commandId: string; first: number; last: number; position: string }

/** Puts the events of a walk together to runs. */
class Runs {
  private open: Run | undefined;

  /** The run the event belongs to; `begins` when it is its first. Events of one append follow each other in the whole record. */
  next({ stream, revision, position, id, metadata: { commandId } }: StoredEvent): { run: Run; begins: boolean } {
    const run = this.open;
    // Stored again right behind itself, it would look like one append of twice as many events: the ids begin anew.
    const goesOn = run && run.stream === stream && run.commandId === commandId && revision === run.last + 1 && id !== eventIdOf(stream, commandId, 0);
    if (goesOn) { run.last = revision; return { run, begins: false }; }
    this.open = { stream, commandId, first: revision, last: revision, position: String(position) };
    return { run: this.open, begins: true };
  }
}

const FILTER_BITS = 28;
/**
 * A Bloom filter of fixed size (32 MiB): "not seen" is certain, "seen" has to be looked up. So memory does not grow with the record,
 * and of ten million commands some thousand are looked up in vain.
 */
class SeenBefore {
  private readonly bits = new Uint32Array(2 ** (FILTER_BITS - 5));

  /** Whether it may have been there. `uuid`: a hash, taken apart into three places. */
  add(uuid: string): boolean {
    const digits = uuid.replaceAll('-', '');
    let seen = true;
    for (const at of [0, 17, 25]) {
      const bit = Number.parseInt(digits.slice(at, at + FILTER_BITS / 4), 16);
      const mask = 1 << (bit & 31);
      if ((this.bits[bit >>> 5]! & mask) === 0) seen = false;
      this.bits[bit >>> 5]! |= mask;
    }
    return seen;
  }
}

/**
 * Every command is on record once: on one stream all its events are one append, with the ids that follow from it. (On two streams the same command
 * may stand: a report that is filed begins a case.) What callers say was acknowledged is there, at the revision they were told.
 * @rule X18
 */
export class CommandsCheck {
  private readonly findings: Findings;
  private readonly runs = new Runs();
  private readonly seen = new SeenBefore();
  private readonly suspects = new Set<string>();
  /** Of the streams that callers named. */
  private readonly named: ReadonlyMap<string, Run[]>;
  private commands = 0;

  constructor(private readonly acknowledged: readonly Acknowledged[] = [], findingsMax?: number) {
    this.findings = new Findings('commands', findingsMax);
    this.named = new Map(acknowledged.map(({ stream }) => [stream, []]));
  }

  see(event: StoredEvent): void {
    const { run, begins } = this.runs.next(event);
    const { stream, commandId, first } = run;
    const id = eventIdOf(stream, commandId, event.revision - first);
    if (event.id !== id) this.findings.add({ kind: 'event-id', stream, revision: event.revision, position: String(event.position), key: commandId, detail: `id ${event.id} does not follow from its command, which gives ${id}` });
    if (!begins) return;
    this.commands += 1;
    if (this.seen.add(id)) this.suspects.add(stream);
    this.named.get(stream)?.push(run);
  }

  async finish(store: EventStore, head: bigint): Promise<SectionReport> {
    for (const stream of this.suspects) await this.checkStream(store, stream, head);
    this.checkAcknowledged();
    const { commands, acknowledged } = this;
    return this.findings.report(`${commands} commands${acknowledged.length > 0 ? `, ${acknowledged.length} acknowledged` : ''}`, 'each is on record exactly once', { commands, acknowledged: acknowledged.length });
  }

  private async checkStream(store: EventStore, stream: string, head: bigint): Promise<void> {
    const runs = new Runs();
    const first = new Map<string, number>();
    for (const event of await store.readStream(stream)) {
      if (event.position > head) break;
      const { run, begins } = runs.next(event);
      if (!begins) continue;
      const before = first.get(run.commandId);
      if (before === undefined) first.set(run.commandId, run.first);
      else this.findings.add({ kind: 'stored-twice', stream, revision: run.first, position: run.position, key: run.commandId, detail: `the command stands already at revision ${before}` });
    }
  }

  private checkAcknowledged(): void {
    const told = new Map<string, string>();
    for (const ack of this.acknowledged) {
      const { key, operation, stream, revision } = ack;
      const place = `${stream} ${revision}`;
      const other = told.get(place);
      const problem = other !== undefined && other !== key ? { kind: 'acknowledged-twice', detail: `${operation}: the same revision was acknowledged for key ${other}` } : problemOf(ack, this.named.get(stream)!);
      if (problem) this.findings.add({ ...problem, stream, revision, key });
      told.set(place, key);
    }
  }
}

function problemOf({ key, operation, revision, person }: Acknowledged, runs: readonly Run[]): { kind: string; detail: string } | undefined {
  const there = runs.find(({ first, last }) => first <= revision && revision <= last);
  if (person === undefined) {
    if (!there) return { kind: 'acknowledged-missing', detail: `${operation}: the stream has no such revision` };
    return there.last === revision ? undefined : { kind: 'acknowledged-elsewhere', detail: `${operation}: its command would end there, what stands there ends at revision ${there.last}` };
  }
  const commandId = commandIdOfKey(person, key);
  // That it stands there twice is told of the stream.
  const own = runs.filter((run) => run.commandId === commandId);
  if (own.length === 0) return { kind: 'acknowledged-missing', detail: `${operation}: command ${commandId} is not on the stream${there ? `, at the revision stands ${there.commandId}` : ''}` };
  return own.some(({ last }) => last === revision) ? undefined : { kind: 'acknowledged-elsewhere', detail: `${operation}: command ${commandId} ends at revision ${own.map(({ last }) => last).join(', ')}` };
}
