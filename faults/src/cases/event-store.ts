import type { FaultCase, World } from '../fault-case';

/** The double speaks the protocol of EventStoreDB 23.10 and does what the real server was seen to do (libs/event-store/src/eventstoredb/testing/server-facts.contract.ts). */
const onDouble = (name: string, about: string, inject: FaultCase['inject']): FaultCase => ({ name: `event-store-${name}`, about: `EventStoreDB (protocol double): ${about}`, profiles: ['cluster'], platform: { eventStoreDb: true }, inject });
const ANSWERS = ['unavailable', 'deadline', 'unknown', 'cancelled'] as const;
const LOST = 60;
const SLOW_MS = 10_000;

async function until(met: () => boolean, { pause, problem }: World, what: string): Promise<void> {
  for (const end = performance.now() + 60_000; !met(); await pause(50)) if (performance.now() > end) return problem(`not within a minute: ${what}`);
}

export const eventStoreCases: readonly FaultCase[] = [
  onDouble('restarted', 'ends and begins again on the same data, three times, with subscriptions open', async ({ platform, note, pause, random }) => {
    for (let times = 0; times < 3; times++) {
      platform.eventStoreDb!.stop();
      note('EventStoreDB has ended');
      await pause(random.between(0, 4_000));
      platform.eventStoreDb!.log.restart();
      await platform.eventStoreDb!.start();
      await pause(random.between(500, 2_000));
    }
    note('EventStoreDB runs again');
  }),
  onDouble('slow', 'every append waits for 700 ms, for ten seconds', async ({ platform, note, pause, acknowledged, problem }) => {
    const before = acknowledged();
    platform.eventStoreDb!.stallAppendsMs = 700;
    await pause(SLOW_MS);
    platform.eventStoreDb!.stallAppendsMs = 0;
    note(`${acknowledged() - before} commands acknowledged meanwhile`);
    if (acknowledged() === before) problem('no command was acknowledged while appends were slow');
  }),
  onDouble('answers-lost', `${LOST} answers are lost after the append was done, each in another way, and three never come`, async (world) => {
    const { platform, note, random } = world;
    const faults = platform.eventStoreDb!.appendFaults;
    for (let lost = 0; lost < LOST; lost++) faults.push({ when: 'after', answer: random.oneOf(ANSWERS) });
    for (let silent = 0; silent < 3; silent++) faults.push({ when: 'after', answer: 'silence' });
    await until(() => faults.length === 0, world, 'so many appends');
    note(`${LOST} answers of appends lost, three kept back`);
  }),
  onDouble('subscriptions-dropped', 'every subscription is dropped for being slow, cut, or ended, ten times', async ({ platform, note, pause, random, problem }) => {
    let dropped = 0;
    for (let times = 0; times < 10; times++) {
      dropped += platform.eventStoreDb!.dropSubscriptions(random.oneOf(['too-slow', 'unavailable', 'end'] as const));
      await pause(random.between(200, 1_500));
    }
    note(`${dropped} subscriptions dropped`);
    if (dropped < 10) problem('there were fewer subscriptions than drops');
  }),
];
