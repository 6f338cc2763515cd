import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createPostgresEventStore, eventIdOf, WrongExpectedHead } from '@gridcase/event-store';
import { randomUuid } from '@gridcase/platform';
import { CaseLives } from '@gridcase-apps/standalone';
import { gridcase } from '../cli';
import type { FaultCase, World } from '../fault-case';
import type { PlatformUnderTest } from '../platform/under-test';
import { everyMessage } from './kafka';
import { parkedNow, READERS, restart } from './readers';
import { Signs } from './signs';

const signs = new Signs('release');
/** From its next start on the process of that name, or `all`, is of the newer release. */
const upgrade = (name: string): void => signs.put(name);
/** What must not get out by a message. */
const WORDS = '李红卫 15199536942';
const PARKED_WITHIN_MS = 120_000;
const MIXED_MS = 15_000;

/** A case beside the load, which nobody goes on with. @returns its stream */
async function ownCase({ platform, pause, random }: World): Promise<string> {
  const ending = new AbortController();
  const lives = new CaseLives({ baseUrl: platform.url, signal: ending.signal, run: `own-${random.seed}`, lanes: 1, kinds: ['overdue'], retryLimitMs: PARKED_WITHIN_MS });
  const living = lives.live();
  while (lives.acknowledged.length === 0) await pause(20);
  ending.abort();
  await living;
  return lives.acknowledged.at(-1)!.stream;
}

/** As a service of the newer release would: after whatever comes between. */
async function appendUnknown(platform: PlatformUnderTest, stream: string): Promise<void> {
  const store = await createPostgresEventStore({ url: platform.database.urlOf('event-store') });
  try {
    for (const commandId = randomUuid(); ;) {
      const last = (await store.readStream(stream)).at(-1)!;
      const metadata = { ...last.metadata, commandId, correlationId: commandId, causationId: commandId };
      const event = { id: eventIdOf(stream, commandId, 0), type: 'CaseAppraised', version: 1, data: { words: WORDS, clocks: [] }, metadata };
      try {
        await store.append(stream, { revision: last.revision, hash: last.hash }, [event]);
        return;
      } catch (error) {
        if (!(error instanceof WrongExpectedHead)) throw error;
      }
    }
  } finally {
    await store.close();
  }
}

/** Messages by their type, and how many hold the words. */
async function onTheWire(world: World): Promise<{ notices: number; leaks: number }> {
  const found = { notices: 0, leaks: 0 };
  await everyMessage(world, ({ headers, value }) => {
    if (String(headers?.['ce_type']) === 'gridcase.notice.v1') found.notices += 1;
    if (`${value} ${JSON.stringify(Object.values(headers ?? {}).map(String))}`.includes(WORDS)) found.leaks += 1;
  });
  return found;
}

export const unknownEventCase: FaultCase = {
  name: 'unknown-event-type', profiles: ['cluster'],
  platform: { env: { NODE_OPTIONS: `--require ${join(__dirname, '../preload/newer-release.js')}`, FAULTS_RELEASE_DIR: signs.dir } },
  about: 'one case has an event that only a newer release knows, then dispatch alone is upgraded and writes telephone calls in a version that nobody else knows: those cases are parked, all others go on; the rest is upgraded, they are released',
  async inject(world) {
    const { platform, note, pause, problem, moreAcknowledged } = world;
    // Of a run before.
    if (existsSync(signs.dir)) {
      signs.clear();
      await restart(platform, platform.names);
      await platform.ready();
    }
    const stream = await ownCase(world);
    await appendUnknown(platform, stream);
    note(`${stream} has an event of a type that nobody knows`);
    await moreAcknowledged(50);
    upgrade('dispatch');
    await restart(platform, ['dispatch']);
    note('dispatch is upgraded');
    await platform.ready();
    await pause(MIXED_MS);
    await moreAcknowledged(50);
    await platform.ready();
    const parked = await parkedNow(platform);
    note(`parked: ${[...parked].map(([processor, streams]) => `${streams} by ${processor}`).join(', ')}`);
    for (const service of READERS) if (![...parked.keys()].some((processor) => processor.startsWith(`${service.replace('-', '_')}.`))) problem(`${service} has nothing parked`);
    const wire = await onTheWire(world);
    note(`${wire.notices} notices on Kafka`);
    if (wire.notices === 0 || wire.leaks > 0) problem(`${wire.notices} notices on Kafka, ${wire.leaks} messages with words of the unknown event`);

    upgrade('all');
    for (const name of platform.names) {
      await restart(platform, [name]);
      await platform.ready();
    }
    note('everything is upgraded');
    for (const service of READERS) note((await gridcase(platform, ['parked', service, '--release'])).stdout.trim().split('\n').at(-1)!);
    for (const until = performance.now() + PARKED_WITHIN_MS; (await parkedNow(platform)).size > 0 && performance.now() < until;) await pause(250);
  },
};
