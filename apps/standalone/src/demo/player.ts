/**
 * Plays the scenario through the gateway's REST API only: moves the injected clock from moment to moment, sends every command twice
 * with the same Idempotency-Key, and compares what comes of it with what oracle.py worked out from the rulebook.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Expectations } from './expectations';
import { holidaysOf2025, loadJurisdictions } from './load-jurisdictions';
import { RestClient, type Answer, type Person, type TokenSource } from './rest-client';
import { instantOf, policiesDir, type District, type ExpectedCase, type Scenario, type ScoreCardOf, type Step } from './scenario';

/** The platform's clock must stand at or before this moment when the demo begins. */
export const demoStart = '2025-09-25T22:00:00.000Z';
const firstDay = '2025-09-26';
const lastDay = '2025-10-16';
/** Cases on the way at the same time; of one case everything is in order. */
const LANES = 8;
const CHECK_WAITS_MAX = 60;

export interface PlayerOptions { baseUrl: string; scenario: Scenario; tokenSource?: TokenSource; onProgress?: (done: number, of: number, what: string) => void }
export interface SeenClock { clock: string; kind: string; subject: string; startedAt: string; dueAt: string; status: string; late: boolean; outcome?: string; timeline: { op: string; at: string; cause?: string; usedMs: number; leftMs: number; dueAt?: string }[] }
export interface HistoryLine { type: string; text: { zh: string; en: string }; occurredAt: string; actor: { person: string; role: string; unit?: string }; data: Record<string, any> }
export interface SeenCase { ref: string; caseId: string; case: Record<string, any>; clocks: SeenClock[]; supervisions: Record<string, any>[]; history: HistoryLine[]; light: string }
export interface RecordCheck { state: string; ok?: boolean; events?: number; streams?: number; differences?: unknown[] }
export interface Played {
  expectations: Expectations; cases: SeenCase[]; scores: Record<string, ScoreCardOf & { lines: (ScoreCardOf['lines'][number] & { rule: string; article: { zh: string; en: string } })[] }>;
  quota: Record<string, any>[]; reports: Record<string, number>; /** Cases by colour at the moments the scenario looks. */ marks: { at: string; green: number; yellow: number; red: number }[]; record: RecordCheck; commands: number; requests: number; clockMoves: number; milliseconds: number;
}

const globals = new Set(['pass', 'lights', 'calendar', 'policy', 'quota-warnings']);
const onReport = new Set(['sort', 'file', 'refuse', 'transfer', 'emergency', 'settle', 'join']);
const outcomeOf = ({ status, body }: Answer): string => (status === 200 || status === 201 ? 'accepted' : String(body?.code ?? status));

export class Player {
  readonly expectations = new Expectations();
  private readonly client: RestClient;
  private readonly scenario: Scenario;
  private readonly reportIds = new Map<string, string>();
  private readonly caseIds = new Map<string, string>();
  private commands = 0;
  private clockMoves = 0;
  private readonly marks: Played['marks'] = [];

  constructor(private readonly options: PlayerOptions) {
    this.scenario = options.scenario;
    this.client = new RestClient(options.baseUrl, options.tokenSource);
  }

  async play(): Promise<Played> {
    const started = performance.now();
    await this.moveClock(demoStart);
    await loadJurisdictions({ client: this.client, cast: this.scenario.cast, expectations: this.expectations, today: firstDay, onProgress: (what) => this.progress(0, what) });
    let done = 0;
    for (const [at, steps] of byMoment(this.scenario.steps)) {
      await this.moveClock(instantOf(at));
      for (const step of steps) if (globals.has(step.do) && step.do !== 'lights') await this.everywhere(step);
      await inLanes(lanesOf(steps.filter((step) => !globals.has(step.do))), (step) => this.command(step));
      for (const step of steps) if (step.do === 'lights') await this.lights(step);
      this.progress((done += steps.length), at);
    }
    const cases = await this.read('cases', () => this.cases(), []);
    const scores = await this.read('scores', () => this.scores(), {});
    const quota = await this.read('quota warnings', () => this.quota(), []);
    const reports = await this.read('reports', () => this.reports(), {});
    const record = await this.read<RecordCheck>('check of the record', () => this.record(), { state: 'not answered' });
    return { expectations: this.expectations, cases, scores, quota, reports, marks: this.marks, record, commands: this.commands, requests: this.client.requests, clockMoves: this.clockMoves, milliseconds: Math.round(performance.now() - started) };
  }

  /** What cannot be read does not hold; the rest is still looked at. */
  private async read<T>(name: string, work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.expectations.check(name, 'an answer', (error as Error).message);
      return otherwise;
    }
  }
  private progress(done: number, what: string): void { this.options.onProgress?.(done, this.scenario.steps.length, what); }
  private async moveClock(to: string): Promise<void> {
    this.clockMoves += 1;
    // A second sending of this one would be a move to where it already is.
    const answer = await this.client.post('/v1/simulation/clock', this.admin('610524'), { to }, `demo-clock-${to}`);
    if (answer.status !== 200) throw new Error(`the clock did not go to ${to}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  // -- people
  private person(id: string): Person {
    const found = this.scenario.cast.people[id];
    if (!found) throw new Error(`${id} is not in the cast`);
    return { id, role: found.role, jurisdiction: found.jurisdiction, ...(found.unit && { unit: found.unit }) };
  }
  private admin = (district: District): Person => ({ id: `reg-${district}`, role: 'registry-admin', jurisdiction: district });
  private director = (district: District): Person => ({ id: `dir-${district}`, role: 'centre-director', jurisdiction: district });
  private auditor = (district: District): Person => ({ id: `aud-${district}`, role: 'auditor', jurisdiction: district });

  // -- commands
  /** Sends it, and sends it again: the second answer must be the first, to the letter. */
  private async twice(step: Step, path: string, body: object): Promise<Answer> {
    const by = this.person(step.by!);
    const first = await this.client.post(path, by, body, `demo-${step.id}`);
    const again = await this.client.post(path, by, body, `demo-${step.id}`);
    this.commands += 1;
    this.expectations.check(step.id, { outcome: step.expect ?? 'accepted', again: 'same answer' }, { outcome: outcomeOf(first), again: JSON.stringify(again) === JSON.stringify(first) ? 'same answer' : again });
    return first;
  }

  private async command(step: Step): Promise<void> {
    const ref = step.on!;
    if (step.do === 'report') {
      const { district, channel, place, description, itemCode, evidence, reporter, channelId } = this.scenario.reports.get(ref)!;
      const { status, body } = await this.twice(step, '/v1/reports', { district, channel, place, description, itemCode, evidence, reporter, channelId });
      if (status === 201) this.reportIds.set(ref, body.id as string);
      return;
    }
    const reportId = this.reportIds.get(ref);
    if (!reportId) { this.expectations.check(step.id, 'sent', `not sent: report ${ref} was not received`); return; }
    if (onReport.has(step.do)) {
      const { case: other, ...body } = step.body ?? {};
      const { status, body: answer } = await this.twice(step, `/v1/reports/${reportId}/${step.do}`, { ...body, ...(other !== undefined && { caseId: this.caseIds.get(other as string) ?? 'unknown' }) });
      if (step.do === 'file' && status === 200) this.caseIds.set(ref, (answer.result?.caseId as string | undefined) ?? (await this.client.get(`/v1/reports/${reportId}`, this.person(step.by!))).caseId);
      return;
    }
    const caseId = this.caseIds.get(ref);
    if (!caseId) { this.expectations.check(step.id, 'sent', `not sent: ${ref} was not filed`); return; }
    await this.twice(step, `/v1/cases/${caseId}/${step.do}`, step.body ?? {});
  }

  private async everywhere(step: Step): Promise<void> {
    const body = step.body ?? {};
    switch (step.do) {
      case 'pass': return;
      case 'calendar':
        await this.twice(step, '/v1/calendars', holidaysOf2025(body['district'], (body['extra'] as string[]).map((date) => ({ date, name: body['name'] as string })), body['source']));
        return;
      case 'policy':
        await this.twice(step, '/v1/policies', { district: body['district'], content: readFileSync(join(policiesDir, `${body['pack']}.yaml`), 'utf8'), validFrom: body['validFrom'] });
        return;
      case 'quota-warnings': await this.twice(step, '/v1/quota-warnings', body); return;
      default: throw new Error(`${step.do} is not known`);
    }
  }

  // -- what came of it
  /** Colours at this moment: of every case, and rolled up by street and unit. @rule L4.6 */
  private async lights(step: Step): Promise<void> {
    const seen = new Map<string, string>();
    const rolled: Record<'street' | 'unit', Record<string, object>> = { street: {}, unit: {} };
    for (const district of Object.keys(this.scenario.cast.districts) as District[]) {
      for (const line of await this.client.list<{ caseId: string; light: string }>('/v1/cases', this.director(district))) seen.set(line.caseId, line.light);
      for (const by of ['street', 'unit'] as const)
        for (const { subject, green, yellow, red } of (await this.client.get<{ items: Record<string, any>[] }>(`/v1/lights?by=${by}`, this.director(district))).items) rolled[by][subject] = { green, yellow, red };
    }
    for (const [ref, caseId] of this.caseIds) {
      const light = this.expectedCase(ref)?.lights[step.at];
      if (light) this.expectations.check(`${ref} light at ${step.at}`, light, seen.get(caseId));
    }
    const count = (light: string): number => [...seen.values()].filter((one) => one === light).length;
    this.marks.push({ at: step.at, green: count('green'), yellow: count('yellow'), red: count('red') });
    const expected = this.scenario.run.lights[step.at]!;
    for (const by of ['street', 'unit'] as const) this.expectations.check(`lights by ${by} at ${step.at}`, expected[by], sorted(rolled[by]));
  }

  private expectedCase = (ref: string): ExpectedCase | undefined => this.scenario.expected.cases[ref];

  private async cases(): Promise<SeenCase[]> {
    const seen: SeenCase[] = [];
    await inLanes([...this.caseIds].map((entry) => [entry]), async ([ref, caseId]) => {
      const district = this.scenario.reports.get(ref)!.district;
      const [found, clocks, history] = await Promise.all([
        this.client.get(`/v1/cases/${caseId}`, this.director(district)), this.client.get(`/v1/cases/${caseId}/clocks`, this.director(district)),
        this.client.get<{ items: HistoryLine[] }>(`/v1/cases/${caseId}/history`, this.auditor(district)),
      ]);
      seen.push({ ref, caseId, case: found, clocks: clocks.clocks, supervisions: clocks.supervisions, history: history.items, light: clocks.light });
    });
    seen.sort((a, b) => (a.ref < b.ref ? -1 : 1));
    for (const one of seen) this.compare(one);
    const counts = (of: string[]): Record<string, number> => sorted(of.reduce<Record<string, number>>((sums, key) => ({ ...sums, [key]: (sums[key] ?? 0) + 1 }), {}));
    this.expectations.check('cases by state', this.scenario.run.cases, counts(seen.map((one) => one.case['phase'])));
    this.expectations.check('breaches in all', this.scenario.run.breaches, seen.flatMap((one) => one.history).filter(({ type }) => type === 'ClockBreached').length);
    return seen;
  }

  private compare({ ref, case: seen, clocks, supervisions, history }: SeenCase): void {
    const expected = this.expectedCase(ref);
    if (!expected) { this.expectations.check(`${ref} is expected`, true, false); return; }
    const closed = history.find(({ type }) => type === 'CaseClosed');
    const { phase, level, lead, round, repeats, policy } = seen;
    this.expectations.check(`${ref} outcome`, { phase: expected.phase, level: expected.level, lead: expected.lead, round: expected.round, repeats: expected.repeats, pack: expected.pack, version: expected.version, onTime: expected.onTime },
      { phase, level, lead, round, repeats, pack: policy?.pack, version: policy?.version, onTime: closed?.data['onTime'] });
    const breached = new Set(history.filter(({ type }) => type === 'ClockBreached').map(({ data }) => data['clock'] as string));
    this.expectations.check(`${ref} clocks`, byClock(expected.clocks.map(({ breached: late, ...clock }) => ({ ...clock, breached: late }))), byClock(clocks.map((clock) => {
      const stop = clock.timeline.findLast(({ op }) => op === 'stop');
      return {
        clock: clock.clock, ...(clock.kind !== 'supervision' && { startedAt: clock.startedAt }), dueAt: clock.dueAt,
        ...(stop ? { stoppedAt: stop.at, late: clock.late, outcome: clock.outcome } : { state: clock.status }), breached: breached.has(clock.clock),
      };
    })));
    this.expectations.check(`${ref} supervision`, { supervisions: expected.supervisions, accountability: expected.accountability },
      { supervisions: supervisions.map(({ unit, cause, dueAt, state }) => ({ unit, cause, dueAt, state })), accountability: history.filter(({ type }) => type === 'AccountabilityOpened').map(({ data }) => data['unit']) });
  }

  /** @rule H5.1 H5.2 X19 */
  private async scores(): Promise<Played['scores']> {
    const seen: Played['scores'] = {};
    await inLanes(Object.entries(this.scenario.run.scores).map((entry) => [entry]), async ([subject, expected]) => {
      const [kind, id] = subject.split('/') as [string, string];
      const district = (this.scenario.cast.people[id]?.jurisdiction ?? /\d{6}/.exec(id)![0]).slice(0, 6) as District;
      const card = await this.client.get(`/v1/scorecards/${kind}/${encodeURIComponent(id)}?from=${firstDay}&to=${lastDay}`, this.director(district));
      seen[subject] = card;
      this.expectations.check(`score of ${subject}`, expected, {
        base: card.base, total: card.total, lines: (card.lines as ScoreCardOf['lines']).map(({ code, count, total, arithmetic }) => ({ code, count, total, arithmetic })).sort((a, b) => (a.code < b.code ? -1 : 1)),
      });
    });
    return sorted(seen);
  }

  /** Of those who found something at least once: who is warned of which week, and who is not. @rule H5.3 */
  private async quota(): Promise<Record<string, any>[]> {
    const warnings = await this.client.list<Record<string, any>>('/v1/quota-warnings?district=610524', this.director('610524'));
    for (const { worker, week, weeksWithout, advice } of this.scenario.run.quota) {
      const warning = warnings.find((one) => one['worker'] === worker && one['week'] === week);
      this.expectations.check(`finds of ${worker} in the week of ${week}`, advice ? { weeksWithout, advice } : null, warning ? { weeksWithout: warning['weeksWithout'], advice: warning['advice'] } : null);
    }
    return warnings;
  }

  private async reports(): Promise<Record<string, number>> {
    const states: Record<string, number> = {};
    const byId = new Map<string, string>();
    for (const district of Object.keys(this.scenario.cast.districts) as District[])
      for (const line of await this.client.list<Record<string, any>>('/v1/reports', this.director(district))) byId.set(line['reportId'] ?? line['id'], line['status'] ?? line['state']);
    for (const [ref, reportId] of this.reportIds) {
      const state = byId.get(reportId) ?? 'missing';
      states[state] = (states[state] ?? 0) + 1;
      this.expectations.check(`${ref} report`, this.scenario.expected.states[ref], state);
    }
    this.expectations.check('reports by state', this.scenario.run.reports, sorted(states));
    return sorted(states);
  }

  /** @rule X18 */
  private async record(): Promise<RecordCheck> {
    for (let wait = 0; ; wait += 1) {
      const check = await this.client.get<RecordCheck>('/v1/audit/check', this.auditor('610524'));
      if (check.state === 'running' && wait < CHECK_WAITS_MAX) continue;
      this.expectations.check('the record is whole', { state: 'finished', ok: true }, { state: check.state, ok: check.ok });
      return check;
    }
  }
}

const byClock = <T extends { clock: string }>(clocks: T[]): T[] => [...clocks].sort((a, b) => (a.clock < b.clock ? -1 : 1));
const sorted = <T>(of: Record<string, T>): Record<string, T> => Object.fromEntries(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)));

export function byMoment(steps: readonly Step[]): Map<string, Step[]> {
  const moments = new Map<string, Step[]>();
  for (const step of steps) moments.set(step.at, [...(moments.get(step.at) ?? []), step]);
  return moments;
}
/** What concerns one case is one lane; a repeat belongs to the case it joins. */
export function lanesOf(steps: readonly Step[]): Step[][] {
  const lanes = new Map<string, Step[]>();
  for (const step of steps) {
    const key = (step.do === 'join' ? (step.body!['case'] as string) : step.on)!;
    lanes.set(key, [...(lanes.get(key) ?? []), step]);
  }
  return [...lanes.values()];
}
async function inLanes<T>(lanes: readonly (readonly T[])[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(LANES, lanes.length) }, async () => {
    for (let lane = lanes[next++]; lane; lane = lanes[next++]) for (const item of lane) await work(item);
  }));
}
