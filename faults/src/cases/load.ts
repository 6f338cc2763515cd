import { demoToken, lifeOf, type LifeStep } from '@gridcase-apps/standalone';
import type { FaultCase, World } from '../fault-case';
import { overload } from '../overload/overload';

const HOT_COMMANDS = 200;
const HOT_EVENTS: readonly string[] = ['WorkContributed', 'UnitUrged'];
const CO_HANDLER = 'u-610524-telecom';
/** A page of a history. */
const PAGE_MAX = 200;
const HOT_WITHIN_MS = 60_000;

export const loadCases: readonly FaultCase[] = [
  {
    name: 'hot-case', profiles: ['standalone', 'cluster'],
    about: 'one case gets 200 commands at once, of two services by turns: each is recorded once, none waits for ever',
    inject: hotCase,
  },
  {
    name: 'gateway-overloaded', profiles: ['standalone', 'cluster'], load: { lanes: 1, clock: 'stands' },
    about: 'the gateway is asked four times what it can do: it turns away with 429 or 503 and Retry-After, its memory stays bounded, and whom it lets in waits no longer than five times as long',
    inject: overload,
  },
];

async function hotCase({ lives, note, problem, platform, random }: World): Promise<void> {
  const { report, onReport, onCase } = lifeOf('plain', `hot-${random.seed}`, 'hotline', '');
  const [phoned, dispatch] = onCase;
  const caseId = await lives.oneLife(`hot-${random.seed}`, { report, onReport, onCase: [phoned!, { ...dispatch!, body: { ...dispatch!.body, coHandlers: [CO_HANDLER] } }] });
  const { unit } = phoned!.body as { unit: string };
  // What may be done to a dispatched case again and again: one by dispatch, one by the SLA monitor. They conflict on the record itself.
  const commands: LifeStep[] = [{ path: 'contributions', who: 'telecomHandler', body: { note: '已清运现场垃圾' } }, { path: 'urging', who: 'operator', body: { unit, notice: '请抓紧办理' } }];
  const retriesBefore = lives.retries;
  const startMs = performance.now();
  const waitedMs = await Promise.all(Array.from({ length: HOT_COMMANDS }, async (_, nth) => {
    await lives.send(`hot-${random.seed}-${nth}`, commands[nth % commands.length]!, `/v1/cases/${caseId}/`);
    return performance.now() - startMs;
  }));
  const slowestMs = Math.round(Math.max(...waitedMs));
  note(`${HOT_COMMANDS} commands to one case at once: all acknowledged within ${slowestMs} ms, median ${Math.round(waitedMs.sort((a, b) => a - b)[HOT_COMMANDS / 2]!)} ms, ${lives.retries - retriesBefore} sent again meanwhile`);
  if (slowestMs > HOT_WITHIN_MS) problem(`the last of ${HOT_COMMANDS} commands was acknowledged after ${slowestMs} ms`);
  await checkHistory(platform.url, caseId, lives.acknowledged.filter(({ id, key }) => id === caseId && key.startsWith(`hot-${random.seed}-`)), problem);
}

interface Entry { stream: string; revision: number; type: string; commandId: string }

/** As its readers see it: no revision is missing or there twice, and each command has one of its own. */
async function checkHistory(url: string, caseId: string, acknowledged: World['lives']['acknowledged'], problem: World['problem']): Promise<void> {
  const history = (await historyOf(url, caseId)).filter(({ stream }) => stream === `case-${caseId}`);
  const gap = history.findIndex(({ revision }, nth) => revision !== nth);
  if (gap >= 0) problem(`the history of case ${caseId} has revision ${history[gap]!.revision} in place ${gap}`);
  const hot = history.filter(({ type, revision }) => HOT_EVENTS.includes(type) && acknowledged.some((ack) => ack.revision === revision));
  const commands = new Set(hot.map(({ commandId }) => commandId));
  if (hot.length !== HOT_COMMANDS || commands.size !== HOT_COMMANDS) problem(`case ${caseId} has ${hot.length} of the ${HOT_COMMANDS} events by ${commands.size} commands`);
  const revisions = new Set(acknowledged.map(({ revision }) => revision));
  if (revisions.size !== acknowledged.length) problem(`${acknowledged.length} commands were told ${revisions.size} revisions`);
}

async function historyOf(url: string, caseId: string): Promise<Entry[]> {
  const token = await demoToken(url, { sub: 'auditor-610524', role: 'auditor', jurisdiction: '610524' });
  const entries: Entry[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const response = await fetch(`${url}/v1/cases/${caseId}/history?limit=${PAGE_MAX}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, { headers: { Authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`the history of case ${caseId}: ${response.status} ${await response.text()}`);
    const page = (await response.json()) as { items: Entry[]; next?: string };
    entries.push(...page.items);
    cursor = page.next;
  }
  return entries;
}
