import { createPostgresEventStore, eventIdOf, NO_STREAM, type EventStore } from '@gridcase/event-store';
import type { NewEvent, StoredEvent } from '@gridcase/events';
import { uuidFrom } from '@gridcase/platform';
import { lifeKinds } from '@gridcase-apps/standalone';
import type { FaultCase, World } from '../fault-case';
import { asAdmin } from './as-admin';
import { headOf, readUpTo, stop } from './readers';

const LONG_EVENTS = 1_000;
const LONG_WITHIN_MS = 480_000;
/** What two busy cores record, read and check within ten minutes. */
const BEHIND_EVENTS = Number(process.env['GRIDCASE_FAULTS_BEHIND'] ?? 100_000);
const BEHIND_WITHIN_MS = 1_800_000;
/** The limit of most Pods (k8s/base), whatever waits for them. */
const MEMORY_MAX_MIB = 512;
/** As V8 takes it of such a limit. */
const HEAP_MIB = MEMORY_MAX_MIB / 2;
const APPENDS_AT_ONCE = 32;

const longestCase = ({ platform }: World): Promise<number> => asAdmin(platform, 'event-store', async (client) =>
  (await client.query<{ events: number }>(`select count(*)::int as events from event_store.events where stream like 'case-%' group by stream order by 1 desc limit 1`)).rows[0]?.events ?? 0);

/** Of a case of the load that is archived: the streams of the case and of its report. */
async function wholeLife({ pause, platform }: World, store: EventStore): Promise<{ of: string; report: string; streams: StoredEvent[][] }> {
  for (;;) {
    const { rows: [row] } = await asAdmin(platform, 'event-store', (client) => client.query<{ stream: string }>(`select stream from event_store.events where type = 'CaseArchived' order by position limit 1`));
    if (row) {
      const ofCase = await store.readStream(row.stream);
      const report = ofCase[0]!.data.reportId as string;
      return { of: row.stream.slice('case-'.length), report, streams: [ofCase, await store.readStream(`report-${report}`)] };
    }
    await pause(200);
  }
}

/** Lives that were lived once, under other ids, until so many events are appended. */
async function appendLives(world: World, store: EventStore, count: number): Promise<number> {
  const life = await wholeLife(world, store);
  const events = life.streams.flat().length;
  const lives = Math.ceil(count / events);
  let next = 0;
  const oneLife = async (nth: number) => {
    const ids = [life.of, life.report].map((id) => [id, uuidFrom('faults.behind', id, String(world.random.seed), String(nth))] as const);
    const renamed = (text: string) => ids.reduce((so, [from, to]) => so.replaceAll(from, to), text);
    // The case before its report: whoever sees that it was filed finds it.
    for (const stream of life.streams) await store.append(renamed(stream[0]!.stream), NO_STREAM, again(stream, renamed, nth));
  };
  await Promise.all(Array.from({ length: APPENDS_AT_ONCE }, async () => { while (next < lives) await oneLife(next++); }));
  return lives * events;
}

/** The same events as new ones, each command under an id of its own. */
function again(stream: readonly StoredEvent[], renamed: (text: string) => string, nth: number): NewEvent[] {
  let index = 0;
  return stream.map(({ stream: name, type, version, data, metadata }, i) => {
    index = i > 0 && stream[i - 1]!.metadata.commandId === metadata.commandId ? index + 1 : 0;
    const commandId = uuidFrom('faults.behind', metadata.commandId, String(nth));
    return { id: eventIdOf(renamed(name), commandId, index), type, version, data: JSON.parse(renamed(JSON.stringify(data))) as object, metadata: { ...metadata, commandId } };
  });
}

export const backlogCases: readonly FaultCase[] = [
  {
    name: 'long-case', profiles: ['cluster'],
    about: `cases of more than ${LONG_EVENTS} events, while sla-monitor and assessment are down; then they read them`,
    load: { kinds: ['long', ...lifeKinds], lanes: 4 },
    async inject(world) {
      const { platform, note, pause, problem } = world;
      for (const name of ['sla-monitor', 'assessment']) await stop(platform, name);
      const until = performance.now() + LONG_WITHIN_MS;
      let events = 0;
      for (; (events = await longestCase(world)) < LONG_EVENTS && performance.now() < until; await pause(1_000));
      if (events < LONG_EVENTS) problem(`no case came to ${LONG_EVENTS} events, the longest has ${events}`);
      note(`a case has ${events} events`);
      for (const name of ['sla-monitor', 'assessment']) platform.start(name);
      await platform.ready();
    },
  },
  {
    // No notices: a receiver takes them one by one.
    name: 'reader-far-behind', profiles: ['cluster'], platform: { env: { GRIDCASE_WEBHOOK_TYPES: 'CaseHandedUp', NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` } },
    load: { lanes: 2, kinds: ['plain'] },
    about: `assessment is down while ${BEHIND_EVENTS.toLocaleString('en')} events are recorded (more with GRIDCASE_FAULTS_BEHIND), then reads them with no more than ${MEMORY_MAX_MIB} MiB`,
    async inject(world) {
      const { platform, note, pause, problem } = world;
      await stop(platform, 'assessment');
      const store = await createPostgresEventStore({ url: platform.database.urlOf('event-store') });
      const begun = performance.now();
      const appended = await appendLives(world, store, BEHIND_EVENTS).finally(() => store.close());
      note(`${appended} events recorded in ${seconds(begun)} s`);
      const head = await headOf(platform);
      const caughtUp = async (name: string) => {
        const until = performance.now() + BEHIND_WITHIN_MS;
        while ((await readUpTo(platform, name)) < head) {
          if (performance.now() > until) return problem(`${name} has not read ${appended} events within ${BEHIND_WITHIN_MS} ms`);
          await pause(500);
        }
      };
      for (const name of ['intake', 'dispatch', 'sla-monitor']) await caughtUp(name);
      note(`the others have read them after ${seconds(begun)} s; most memory: ${memory(world, ['relay', 'intake', 'dispatch', 'sla-monitor'])}`);
      platform.start('assessment');
      const started = performance.now();
      await caughtUp('assessment');
      note(`assessment has read them in ${seconds(started)} s; most memory: ${memory(world, ['assessment'])}`);
      for (const name of platform.names) if (platform.peakMemoryMiB(name) > MEMORY_MAX_MIB) problem(`${name} needed ${platform.peakMemoryMiB(name)} MiB, more than ${MEMORY_MAX_MIB}`);
    },
  },
];

const seconds = (sinceMs: number): number => Math.round((performance.now() - sinceMs) / 1_000);
const memory = ({ platform }: World, names: readonly string[]): string => names.map((name) => `${name} ${platform.peakMemoryMiB(name)} MiB`).join(', ');
