import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRejection, type Actor, type ReportEvent } from '@gridcase/events';
import fc from 'fast-check';
import type { EvidenceRef } from '../case/commands';
import { parsePack } from '../policy/load-pack';
import type { District } from '../registry/directory';
import { createWorkingTime } from '../time/working-calendar';
import { decideReport, evolveReport, type MaybeReport, type ReportCommand } from './report';

const parsed = parsePack(readFileSync(join(__dirname, '../../../../policies/heyang-2020.yaml'), 'utf8'));
if (!parsed.ok) throw new Error('the pack does not parse');
const { pack } = parsed;
const G = '610524001001001';
const district = { code: '610524', grids: new Map([[G, { code: G, name: '', tier: 3, kind: 'grid', workers: ['w-1'], unusualSize: false }]]), recoded: new Map(), officers: new Map(), units: new Map(), people: new Map(), items: new Map(['manhole', 'lamp'].map((code) => [code, { code, grade: 'general' }])), calendars: [], policies: [] } as unknown as District;
const workingTime = createWorkingTime({ calendar: { version: '', years: {} }, timeZone: pack.timeZone, businessHours: pack.businessHours });
const photo = { sha256: 'a'.repeat(64), mediaType: 'image/jpeg', takenAt: '2025-09-22T00:59:00.000Z', takenBy: 'w-1', longitude: 110.1, latitude: 35.2 };

const actors: Actor[] = [{ person: 'op', role: 'centre-operator', jurisdiction: '610524' }, { person: 'st', role: 'centre-operator', jurisdiction: '610524001' }, { person: 'x', role: 'centre-operator', jurisdiction: '610524102' }, { person: 'w-1', role: 'grid-worker', jurisdiction: G }, { person: 'cz', role: 'citizen', jurisdiction: '610524' }];
const words = fc.constantFrom('甲', '乙');
const itemCode = fc.constantFrom('manhole', 'lamp', 'ufo');
const command: fc.Arbitrary<ReportCommand> = fc.oneof(
  fc.record({ gridCode: fc.constantFrom(G, undefined), channel: fc.constantFrom('hotline', 'handheld', 'pigeon'), evidence: fc.constantFrom<EvidenceRef[]>([], [photo]) }).map(({ gridCode, channel, evidence }): ReportCommand => ({ type: 'ReceiveReport', body: { reportId: 'r', district: '610524', channel, place: { address: '', ...(gridCode && { gridCode }) }, description: '', evidence } })),
  fc.record({ itemCode, gridCode: fc.constantFrom(G, undefined, '610524001001099'), urgency: fc.constantFrom('normal' as const, 'urgent' as const) }).map((body): ReportCommand => ({ type: 'SortReport', body: { ...body, importance: 'normal', belonging: 'b' } })),
  fc.constantFrom(undefined, 'street' as const).map((level): ReportCommand => ({ type: 'FileReport', body: { caseId: '0123456789', level } })),
  fc.record({ reasonCode: fc.constantFrom('nothing-found', 'because'), reason: words }).map((body): ReportCommand => ({ type: 'RefuseReport', body })),
  fc.record({ to: words, reason: words }).map((body): ReportCommand => ({ type: 'TransferReport', body })),
  fc.record({ to: words, reason: words }).map((body): ReportCommand => ({ type: 'RouteAsEmergency', body })),
  itemCode.map((code): ReportCommand => ({ type: 'SettleOnSpot', body: { itemCode: code, note: '', evidence: [photo] } })),
  fc.record({ caseId: fc.constantFrom('c-1', 'c-2'), item: itemCode }).map((body): ReportCommand => ({ type: 'JoinReport', body })),
  fc.constantFrom('c-1', 'c-2').map((caseId): ReportCommand => ({ type: 'ReopenReport', body: { caseId, cause: 'CASE_CLOSED' } })),
);

/** Most lives begin with a report that is there. */
const receipt: [ReportCommand, Actor] = [{ type: 'ReceiveReport', body: { reportId: 'r', district: '610524', channel: 'hotline', place: { address: '', gridCode: G }, description: '', evidence: [] } }, actors[0]!];

// @rule X11 — random lives of a report
it('the same command twice gives nothing new, and at any time a report has at most one decision', () => {
  let accepted = 0;
  fc.assert(fc.property(fc.constantFrom([], [receipt]), fc.array(fc.tuple(command, fc.constantFrom(...actors)), { minLength: 1, maxLength: 10 }), (received, steps) => {
    let state: MaybeReport;
    let open = true;
    for (const [step, actor] of [...received, ...steps]) {
      const decide = (on: MaybeReport) => decideReport(step, on, { at: '2025-09-22T01:00:00.000Z', actor, district, pack, workingTime });
      const decision = decide(state);
      if (isRejection(decision)) continue;
      accepted++;
      const endings = decision.filter(({ type }) => !['ReportReceived', 'ReportSorted', 'ReportReopened'].includes(type)).length;
      expect(endings === 0 || open).toBe(true);
      if (endings > 0) open = false;
      if (decision.some(({ type }) => type === 'ReportReopened')) open = true;
      state = decision.reduce<MaybeReport>((folded, event) => evolveReport(folded, event as ReportEvent), state);
      expect(decide(state)).toEqual([]);
    }
  }), { numRuns: 400 });
  expect(accepted).toBeGreaterThan(400);
});
