import { caseDecider, createWorkingTime, decideCase, type Calendar, type CaseCommands, type CaseCommandType, type CaseDecision, type CaseState, type ClockState, type PolicyPack, type WorkingTime } from '@gridcase/domain';
import { isRejection, type Actor, type CaseEvent, type Instant } from '@gridcase/events';

/** `2025-09-29 10:00` in Beijing time (UTC+8, no DST since 1991) → instant. */
export const beijing = (local: string): Instant => new Date(Date.parse(`${local.replace(' ', 'T')}:00.000Z`) - 8 * 3_600_000).toISOString();

const district = '610524';
export const gridCode = '610524001001001';
export const people = {
  centre: { person: 'op-1', role: 'centre-operator', jurisdiction: district },
  street: { person: 'op-2', role: 'centre-operator', jurisdiction: '610524001' },
  worker: { person: 'w-1', role: 'grid-worker', jurisdiction: gridCode },
  supervisor: { person: 's-1', role: 'supervision-office', jurisdiction: district },
  system: { person: 'sla-monitor', role: 'system', jurisdiction: district },
} as const satisfies Record<string, Actor>;
export const handler = (unit: string): Actor => ({ person: `h-${unit}`, role: 'unit-handler', jurisdiction: district, unit });

/** One case told as a story: commands at local times, each answered by events or a refusal. */
export class CaseStory {
  state: CaseState | undefined;
  readonly events: CaseEvent[] = [];
  workingTime: WorkingTime;
  constructor(readonly pack: PolicyPack, calendar: Calendar = { version: '', years: {} }) { this.workingTime = this.timeUnder(calendar); }

  timeUnder(calendar: Calendar): WorkingTime { return createWorkingTime({ calendar, timeZone: this.pack.timeZone, businessHours: this.pack.businessHours, resumedWorkingTimeEnds: this.pack.resumedWorkingTimeEnds }); }
  /** What would be decided; nothing is recorded. */
  when<K extends CaseCommandType>(local: string, actor: Actor, type: K, body: CaseCommands[K]): CaseDecision {
    const at = local.endsWith('Z') ? local : beijing(local);
    return decideCase({ type, body } as never, this.state, { at, now: at, actor, pack: this.pack, workingTime: this.workingTime });
  }
  /** Decided and recorded. @throws when it is refused. */
  given<K extends CaseCommandType>(local: string, actor: Actor, type: K, body: CaseCommands[K]): this {
    const decision = this.when(local, actor, type, body);
    if (isRejection(decision)) throw new Error(`${type} at ${local} was refused: ${decision.code}`);
    this.record(local, actor, decision);
    return this;
  }
  record(local: string, actor: Actor, events: CaseEvent[]): void {
    const occurredAt = local.endsWith('Z') ? local : beijing(local);
    for (const event of events) {
      this.events.push(event);
      this.state = caseDecider.evolve(this.state, { ...event, metadata: { occurredAt, recordedAt: occurredAt, actor, correlationId: 'c', causationId: 'c', commandId: 'c', commandDigest: 'd' } });
    }
  }
  /** Code of the refusal, or undefined. */
  refusal<K extends CaseCommandType>(local: string, actor: Actor, type: K, body: CaseCommands[K]): { code: string; rule?: string } | undefined {
    const decision = this.when(local, actor, type, body);
    return isRejection(decision) ? { code: decision.code, rule: decision.rule } : undefined;
  }
  /** The latest clock of a kind. */
  clock(kind: string, subject?: string): ClockState {
    const found = Object.values(this.state!.clocks).filter((c) => c.kind === kind && (!subject || c.subject === subject)).at(-1);
    if (!found) throw new Error(`no clock ${kind}`);
    return found;
  }
  types(): string[] { return this.events.map((e) => e.type); }
  filed(local: string, over: Partial<CaseCommands['FileCase']> = {}): this {
    return this.given(local, people.centre, 'FileCase', {
      caseId: 'c-1', number: '610524-1', district, level: 'district', centre: district, reportId: 'r-1', channel: 'hotline', reportedAt: beijing(local), foundBy: 'citizen',
      item: { code: 'B001', name: '井盖缺失', category: '公用设施', kind: 'component' }, grade: 'general', importance: 'normal', urgency: 'normal', belonging: '市政',
      place: { address: '凤凰东路 5 号', gridCode }, description: '井盖没了', evidence: [], gridWorker: 'w-1', ...over,
    });
  }
  /** Told by telephone, ordered, answered, arrived. */
  dispatched(local: string, lead = 'u-1', coHandlers: string[] = []): this {
    return this.given(local, people.centre, 'PhoneUnit', { unit: lead, person: '张科长', answered: true }).given(local, people.centre, 'DispatchCase', { lead, coHandlers });
  }
  acknowledged(local: string, unit = 'u-1'): this { return this.given(local, handler(unit), 'AcknowledgeDispatch', {}); }
  resolved(local: string, unit = 'u-1'): this { return this.given(local, handler(unit), 'SubmitResult', { result: '已更换', signedBy: `l-${unit}` }); }
  verified(local: string): this { return this.given(local, people.worker, 'VerifyResult', { proposal: 'close', note: '已修复' }); }
}
