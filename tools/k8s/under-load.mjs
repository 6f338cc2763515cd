import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';

const require = createRequire(import.meta.url);
const dist = '../../apps/standalone/dist';
/** Load goes on for so long before and after what is done to the processes. */
const LOAD_AROUND_MS = 5_000;
const SETTLE_TIMEOUT_MS = 60_000;
const ASK_TRIES = 5;
const ASK_AGAIN_MS = 500;

/**
 * Whole case lives through the gateway while `disturb` stops and restarts things; every command without an answer is repeated with its
 * key. Then: every life that was acknowledged to its end is on record exactly once, the read model shows it, the record is whole.
 * `disturb(onStep)` calls `onStep(what, step)` for each thing it does; a step may give lines to be shown.
 */
export async function underLoad({ baseUrl, run, lanes, disturb, say }) {
  const { CaseLives } = require(`${dist}/load/case-lives.js`);
  const { caseLife } = require(`${dist}/load/lives.js`);
  const { RestClient } = require(`${dist}/demo/rest-client.js`);
  const ending = new AbortController();
  const lives = new CaseLives({ baseUrl, signal: ending.signal, run, lanes });
  const load = lives.live();
  let failure;
  load.catch((error) => { failure = error; });
  const steps = [];
  await delay(LOAD_AROUND_MS);
  await disturb(async (what, step) => {
    if (failure) throw failure;
    const [acknowledged, retries, begun] = [lives.acknowledged.length, lives.retries, performance.now()];
    const lines = (await step()) ?? [];
    steps.push({ what, seconds: Math.round((performance.now() - begun) / 100) / 10, acknowledged: lives.acknowledged.length - acknowledged, retries: lives.retries - retries });
    const { seconds, ...seen } = steps.at(-1);
    say(`  ${what}: ${seconds} s; meanwhile ${seen.acknowledged} commands acknowledged, ${seen.retries} retries`);
    for (const line of lines) say(`      ${line}`);
  });
  await delay(LOAD_AROUND_MS);
  ending.abort();
  await load;

  const auditor = { id: 'k8s-auditor', role: 'auditor', jurisdiction: '610524' };
  const client = new RestClient(baseUrl);
  // A kept-alive connection may end between two questions: asked again, as any caller would.
  const ask = async (path, left = ASK_TRIES) => client.get(path, auditor).catch(async (error) => {
    if (!(error instanceof TypeError) || left === 1) throw error;
    await delay(ASK_AGAIN_MS);
    return ask(path, left - 1);
  });
  const problems = [];
  const cases = lives.acknowledged.filter(({ operation }) => operation === 'archive').map(({ id }) => id);
  const repeated = lives.acknowledged.length - new Set(lives.acknowledged.map(({ key }) => key)).size;
  if (repeated > 0) problems.push(`${repeated} keys acknowledged twice`);
  for (const id of cases) {
    const types = (await ask(`/v1/cases/${id}/history`)).items.map(({ type }) => type).filter((type) => caseLife.includes(type)); // warnings and urging may come between
    if (JSON.stringify(types) !== JSON.stringify(caseLife)) problems.push(`case ${id}: ${types.join(', ')}`);
    // The read model follows the record.
    for (const until = performance.now() + SETTLE_TIMEOUT_MS; ;) {
      const { phase } = await ask(`/v1/cases/${id}`);
      if (phase === 'archived') break;
      if (performance.now() > until) { problems.push(`case ${id} is ${phase} in the read model`); break; }
      await delay(200);
    }
  }
  let check;
  do {
    await delay(200);
    check = await ask('/v1/audit/check');
  } while (check.state === 'running');
  if (!check.ok) problems.push(`the record is not whole: ${JSON.stringify(check)}`);
  return { steps, acknowledged: lives.acknowledged.length, retries: lives.retries, cases: cases.length, record: { events: check.events, streams: check.streams, ok: check.ok }, problems };
}
