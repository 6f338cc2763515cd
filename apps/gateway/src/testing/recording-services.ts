import type { CommandCall, CommandReply, QueryCall, QueryReply } from '@gridcase/platform';
import type { Service } from '@gridcase/events';
import type { ServiceCalls } from '../calls/operation-calls';

type Answered = Extract<QueryReply, { ok: true }>;

/** Services in memory: records every call, answers commands like a store that knows its command ids, queries with what was set. */
export class RecordingServices implements ServiceCalls {
  readonly commands: CommandCall[] = [];
  readonly queries: { service: Service; call: QueryCall }[] = [];
  private readonly answers = new Map<string, Answered | Error | Extract<QueryReply, { ok: false }>>();
  private readonly done = new Map<string, { digest: string; reply: Extract<CommandReply, { ok: true }> }>();
  private position = 100n;
  /** The next call of this name waits for it. */
  gate: Promise<void> | undefined;

  answer(name: string, reply: Answered | Error | Extract<QueryReply, { ok: false }>): void {
    this.answers.set(name, reply);
  }

  async command(call: CommandCall): Promise<CommandReply> {
    this.commands.push(call);
    await this.gate;
    const set = this.answers.get(call.type);
    if (set instanceof Error) throw set;
    if (set && !set.ok) return set;
    const { commandId, digest, ifRevision } = call.context;
    const known = this.done.get(commandId);
    if (known) return known.digest === digest ? { ...known.reply, repeated: true } : { ok: false, problem: { code: 'IDEMPOTENCY_KEY_REUSED' } };
    if (ifRevision !== undefined && ifRevision !== 3) return { ok: false, problem: { code: 'REVISION_MISMATCH', params: { expected: ifRevision, actual: 3 } } };
    const id = call.body.caseId ?? call.body.reportId ?? call.body.gridCode ?? call.body.code ?? commandId;
    const reply = { ok: true as const, id, stream: `case-${id}`, revision: 4, position: ++this.position, repeated: false, ...(set && { result: set.result }) };
    this.done.set(commandId, { digest, reply });
    return reply;
  }

  async query(service: Service, call: QueryCall): Promise<QueryReply> {
    this.queries.push({ service, call });
    await this.gate;
    const set = this.answers.get(call.name);
    if (set instanceof Error) throw set;
    return set ?? { ok: true, result: { items: [] }, position: 100n };
  }
}
