/** What follows when time runs out: urging, supervision with a term, accountability. @rule X17 H4.2.5 L5.4 */
import type { CaseEvent } from '@gridcase/events';
import type { PolicyPack } from '../policy/pack';
import { type ClockState } from '../time/clock-arithmetic';
import type { CaseState } from './case-state';
import { ClockBook, unitSubject } from './clock-book';
import type { CaseEnvironment } from './decide-case';

/** The supervision's term is a clock like any other; its length stands with the supervision in the pack. */
const withTerm = (pack: PolicyPack): PolicyPack => ({
  ...pack, clocks: { ...pack.clocks, supervision: { onBreach: [], ...pack.clocks.supervision, limits: [{ limit: pack.supervision.term, rule: pack.supervision.rule, ownChoice: pack.supervision.ownChoice }] } },
});

export const openSupervision = (state: CaseState, env: CaseEnvironment, { unit, cause, clock }: { unit: string; cause: 'overdue' | 'untrue' | 'procedure'; clock?: string }): CaseEvent[] => {
  if (state.supervision) return [];
  const book = new ClockBook(state.clocks, env.at, 'SupervisionOpened', withTerm(env.pack), env.workingTime);
  const term = book.start('supervision', unitSubject(unit), { grade: state.grade, level: state.level, joint: state.coHandlers.length > 0 })!;
  return [{ type: 'SupervisionOpened', data: { unit, cause, ...(clock && { clock }), body: env.pack.supervision.body, rule: env.pack.supervision.rule, dueAt: term.dueAt, clocks: book.changes } }];
};

export const afterBreach = (state: CaseState, env: CaseEnvironment, clock: ClockState): CaseEvent[] => {
  if (!clock.subject.startsWith('unit:')) return [];
  const unit = clock.subject.slice('unit:'.length);
  if (clock.kind === 'supervision') {
    const { body, rule } = env.pack.supervision.accountability;
    return [{ type: 'AccountabilityOpened', data: { unit, cause: state.supervision?.cause ?? 'overdue', body, rule, clocks: [] } }];
  }
  return (env.pack.clocks[clock.kind]?.onBreach ?? []).flatMap((action): CaseEvent[] => {
    switch (action) {
      case 'urge': return [{ type: 'UnitUrged', data: { unit, clock: clock.id, notice: `${clock.kind} ${clock.dueAt}`, rule: clock.rule, clocks: [] } }];
      // With a reason still before the centre it waits for the ruling.
      case 'supervise': return state.pendingDelay?.unit === unit ? [] : openSupervision(state, env, { unit, cause: 'overdue', clock: clock.id });
      default: return action satisfies never;
    }
  });
};
