import { Inject, Injectable } from '@nestjs/common';
import {
  covers, indicatorLights, periodOf, policyOn, policyVersion, scoreCard, workingTimeOf, type District, type IndicatorReading, type Indicator, type Period, type PolicyPack, type ScoreCard, type ScoreFact, type ScoreRule, type ScoreSubject,
} from '@gridcase/domain';
import type { CallContext } from '@gridcase/platform';
import { LiveDirectory, ProblemError, ReadModels } from '@gridcase/service';

export interface DatedPeriod { from: string; to: string }
export interface Scorecard extends ScoreCard { district: string; subject: ScoreSubject; name?: string; period: DatedPeriod; policy: { pack: string; version: number }; indicators: IndicatorReading[] }
interface Frame { district: District; pack: PolicyPack; period: Period; dated: DatedPeriod }

/** Works out scorecards from the facts on record. @rule X19 H5.1 H5.2 L4.6 */
@Injectable()
export class ScoreDesk {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels, @Inject(LiveDirectory) private readonly directory: LiveDirectory) {}

  async card(districtCode: string, subject: ScoreSubject, dated: DatedPeriod): Promise<Scorecard> {
    const frame = this.frame(districtCode, dated);
    const facts = await this.facts(frame, subject.kind, subject.id);
    const seen = subject.kind === 'unit' ? await this.observations(frame, subject.id) : new Map<string, Observed[]>();
    return this.scored(frame, subject, facts, seen.get(subject.id) ?? []);
  }

  /** Everybody of a kind, best first; who has no fact stands at the base. Equal scores share a rank. */
  async ranking(districtCode: string, kind: ScoreSubject['kind'], dated: DatedPeriod, within: string): Promise<(Scorecard & { rank: number })[]> {
    const frame = this.frame(districtCode, dated);
    const facts = groupedBy(await this.facts(frame, kind), ({ subject }) => subject.id);
    const seen = kind === 'unit' ? await this.observations(frame) : new Map<string, Observed[]>();
    const cards = subjectsOf(frame.district, kind, within).map((id) => this.scored(frame, { kind, id }, facts.get(id) ?? [], seen.get(id) ?? []))
      .sort((a, b) => b.total - a.total || (a.subject.id < b.subject.id ? -1 : 1));
    return cards.map((card) => ({ ...card, rank: 1 + cards.findIndex(({ total }) => total === card.total) }));
  }

  /** @throws ProblemError when there is no such district, period or policy */
  frame(code: string, dated: DatedPeriod): Frame {
    const district = this.district(code);
    if (dated.from > dated.to) throw new ProblemError({ code: 'INVALID_PERIOD', rule: 'H5.1', params: { ...dated } });
    const pack = policyOn(district, dated.to);
    if (!pack) throw new ProblemError({ code: 'NO_POLICY_IN_FORCE', params: { district: code } });
    try {
      return { district, pack, dated, period: periodOf(dated.from, dated.to, pack.timeZone) };
    } catch {
      throw new ProblemError({ code: 'INVALID_PERIOD', rule: 'H5.1', params: { ...dated } });
    }
  }

  district(code: string): District {
    const district = this.directory.district(code);
    if (!district) throw new ProblemError({ code: 'NOT_FOUND', params: { what: `district ${code}` } });
    return district;
  }

  /**
   * Who may see whose score: a unit and a worker their own, others what lies in their jurisdiction. @rule L4.6 X19
   * @throws ProblemError
   */
  mustSee(actor: CallContext['actor'], districtCode: string, subject: ScoreSubject): void {
    const jurisdiction = jurisdictionOf(this.district(districtCode), subject);
    if (jurisdiction === undefined) throw new ProblemError({ code: 'NOT_FOUND', params: { what: `${subject.kind} ${subject.id}` } });
    if (actor.role === 'system') return;
    if (actor.role === 'unit-handler' || actor.role === 'unit-leader') {
      if (subject.kind !== 'unit' || subject.id !== actor.unit) throw new ProblemError({ code: 'NOT_YOUR_UNIT' });
      return;
    }
    const isOwn = subject.kind === 'worker' && subject.id === actor.person;
    const seesOthers = actor.role !== 'grid-worker' && actor.role !== 'inspector';
    if (!isOwn && !(seesOthers && covers(actor.jurisdiction, jurisdiction))) throw new ProblemError({ code: 'OUTSIDE_JURISDICTION' });
  }

  /** Whose cards he may see, by the same rule; absent = everybody's of the district. @rule L4.6 X19 */
  visibleTo(actor: CallContext['actor'], districtCode: string): ScoreSubject[] | undefined {
    if (actor.role === 'unit-handler' || actor.role === 'unit-leader') return [{ kind: 'unit', id: actor.unit ?? '' }];
    if (actor.role === 'grid-worker' || actor.role === 'inspector') return [{ kind: 'worker', id: actor.person }];
    if (actor.role === 'system' || covers(actor.jurisdiction, districtCode)) return undefined;
    const { jurisdiction, person } = actor;
    const district = this.district(districtCode);
    return [
      { kind: 'worker', id: person },
      ...[...district.people.values()].filter((one) => covers(jurisdiction, one.jurisdiction)).map(({ id }): ScoreSubject => ({ kind: 'worker', id })),
      ...(['unit', 'street'] as const).flatMap((kind) => subjectsOf(district, kind, jurisdiction).map((id): ScoreSubject => ({ kind, id }))),
    ];
  }

  private scored({ district, pack, period, dated }: Frame, subject: ScoreSubject, facts: readonly ScoreFact[], seen: readonly Observed[]): Scorecard {
    const workingTime = workingTimeOf(district, pack);
    // A case is scored by the pack version it was filed under; a report by the pack in force on its day.
    const rulesFor = ({ policy, occurredAt }: ScoreFact): readonly ScoreRule[] =>
      (policy ? policyVersion(district, policy.pack, policy.version) : policyOn(district, workingTime.localDate(occurredAt)))?.scoring.rules ?? [];
    const name = nameOf(district, subject);
    return {
      district: district.code, subject, ...(name && { name }), period: dated, policy: { pack: pack.id, version: pack.version }, ...scoreCard(rulesFor, facts, pack.scoring.base, period),
      indicators: subject.kind === 'unit' ? indicatorLights(seen) : [],
    };
  }

  /** Facts of the period, and earlier ones of the same cases: the third complaint may follow two of the month before (H5.2). */
  private async facts({ district, period }: Frame, kind: ScoreSubject['kind'], id?: string): Promise<ScoreFact[]> {
    const of = `district = $1 and subject_kind = $2 ${id === undefined ? '' : 'and subject = $5'}`;
    const rows = await this.readModels.query<{ fact: ScoreFact }>(
      `select fact from score_facts where ${of} and occurred_at < $4 and stream_id in (select stream_id from score_facts where ${of} and occurred_at >= $3 and occurred_at < $4)`,
      [district.code, kind, period.from, period.to, ...(id === undefined ? [] : [id])],
    );
    return rows.map(({ fact }) => fact);
  }

  private async observations({ district, period }: Frame, unit?: string): Promise<Map<string, Observed[]>> {
    const rows = await this.readModels.query<Observed & { unit: string }>(
      `select unit, indicator, good from score_observations where district = $1 and occurred_at >= $2 and occurred_at < $3 ${unit === undefined ? '' : 'and unit = $4'}`,
      [district.code, period.from, period.to, ...(unit === undefined ? [] : [unit])],
    );
    return groupedBy(rows, (row) => row.unit);
  }
}

function groupedBy<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item); else groups.set(keyOf(item), [item]);
  }
  return groups;
}

type Observed = { indicator: Indicator; good: boolean };

function jurisdictionOf(district: District, { kind, id }: ScoreSubject): string | undefined {
  switch (kind) {
    case 'unit': return district.units.get(id)?.jurisdiction;
    case 'worker': return district.people.get(id)?.jurisdiction;
    case 'street': return id.length === 9 && id.startsWith(district.code) ? id : undefined;
    default: return kind satisfies never;
  }
}
function nameOf(district: District, { kind, id }: ScoreSubject): string | undefined {
  switch (kind) {
    case 'unit': return district.units.get(id)?.name.zh;
    case 'worker': return district.people.get(id)?.name;
    case 'street': return district.grids.get(id)?.name;
    default: return kind satisfies never;
  }
}
function subjectsOf(district: District, kind: ScoreSubject['kind'], within: string): string[] {
  switch (kind) {
    case 'unit': return [...district.units.values()].filter((unit) => covers(within, unit.jurisdiction)).map((unit) => unit.code);
    case 'worker': return [...district.people.values()].filter((person) => person.roles.includes('grid-worker') && covers(within, person.jurisdiction)).map((person) => person.id);
    case 'street': return [...new Set([...district.grids.keys()].filter((code) => code.length >= 9).map((code) => code.slice(0, 9)))].filter((street) => covers(within, street));
    default: return kind satisfies never;
  }
}
