import type { Message } from 'kafkajs';
import type { FaultCase, World } from '../fault-case';
import { asAdmin } from './as-admin';
import { kafkaOf, topicsOf, withAdmin } from './kafka';
import { outOfStepCase } from './out-of-step';
import { headOf, readUpTo, READERS, stop } from './readers';
import { unknownEventCase } from './unknown-event';

const ECHO_MS = 20_000;
const ECHO_DELAY_MAX_MS = 3_000;
const CAUGHT_UP_WITHIN_MS = 240_000;

/** Messages come again, one in three, from another producer: at once or later, and so among others than before; some of them a third time. */
async function echo(world: World): Promise<number> {
  const { pause, random } = world;
  const kafka = kafkaOf(world);
  const topics = await withAdmin(world, topicsOf);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const consumer = kafka.consumer({ groupId: `faults.echo.${random.seed}` });
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  let waiting: { topic: string; message: Message; atMs: number }[] = [];
  let sent = 0;
  const sendDue = async (now = performance.now()) => {
    const due = random.shuffled(waiting.filter(({ atMs }) => atMs <= now));
    waiting = waiting.filter(({ atMs }) => atMs > now);
    if (due.length === 0) return;
    await producer.sendBatch({ topicMessages: topics.map((topic) => ({ topic, messages: due.filter((one) => one.topic === topic).map(({ message }) => message) })) });
    sent += due.length;
  };
  await consumer.run({ eachMessage: async ({ topic, partition, message: { key, value, headers } }) => {
    if (random.next() < 1 / 3) waiting.push({ topic, message: { key, value, headers, partition }, atMs: performance.now() + random.between(0, ECHO_DELAY_MAX_MS) });
  } });
  for (const until = performance.now() + ECHO_MS; performance.now() < until; await pause(50)) await sendDue();
  await consumer.disconnect();
  await sendDue(Infinity);
  await producer.disconnect();
  return sent;
}

async function caughtUp({ platform, pause }: World, services: readonly string[], to: bigint): Promise<void> {
  for (const until = performance.now() + CAUGHT_UP_WITHIN_MS; ; await pause(250)) {
    const positions = await Promise.all(services.map((service) => readUpTo(platform, service)));
    if (positions.every((position) => position >= to)) return;
    if (performance.now() > until) throw new Error(`${services.join(', ')} stand at ${positions.join(', ')}, not at ${to}`);
  }
}

export const wireCases: readonly FaultCase[] = [
  {
    name: 'events-twice-on-the-wire', profiles: ['cluster'],
    about: 'single events arrive twice or three times, old ones among new ones',
    async inject(world) {
      world.note(`${await echo(world)} messages came again`);
    },
  },
  {
    name: 'gap-on-the-wire', profiles: ['cluster'],
    about: 'events are missing on Kafka: deleted there while readers were away, then never sent because the checkpoint of the relay was ahead. They come from the record',
    async inject(world) {
      const { platform, note, moreAcknowledged } = world;
      const away = ['sla-monitor', 'assessment'];
      for (const name of away) await stop(platform, name);
      await moreAcknowledged(200);
      const deleted = await withAdmin(world, async (admin) => {
        let count = 0n;
        for (const topic of await topicsOf(admin)) {
          const partitions = (await admin.fetchTopicOffsets(topic)).filter(({ low, high }) => low !== high);
          count += partitions.reduce((sum, { low, high }) => sum + BigInt(high) - BigInt(low), 0n);
          if (partitions.length > 0) await admin.deleteTopicRecords({ topic, partitions: partitions.map(({ partition, high }) => ({ partition, offset: high })) });
        }
        return count;
      });
      note(`${deleted} messages deleted while ${away.join(' and ')} were away`);
      for (const name of away) platform.start(name);
      await platform.ready();
      await caughtUp(world, away, await headOf(platform));

      await stop(platform, 'relay');
      await moreAcknowledged(100);
      const head = await headOf(platform);
      const { rows: [before] } = await asAdmin(platform, 'relay', (client) => client.query<{ position: string }>('select position from relay.relay_checkpoint'));
      await asAdmin(platform, 'relay', (client) => client.query('update relay.relay_checkpoint set position = $1', [head]));
      platform.start('relay');
      note(`the checkpoint of the relay went from ${before!.position} to ${head}: what lies between is never sent`);
      await platform.ready();
      await moreAcknowledged(10);
      await caughtUp(world, READERS, await headOf(platform));
    },
  },
  outOfStepCase,
  unknownEventCase,
];
