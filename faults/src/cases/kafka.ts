import type { Admin, Kafka, KafkaMessage } from 'kafkajs';
import { createKafkaClient } from '@gridcase/bus';
import { randomUuid } from '@gridcase/platform';
import type { World } from '../fault-case';
import type { PlatformUnderTest } from '../platform/under-test';

export const kafkaOf = ({ platform }: { platform: PlatformUnderTest }): Kafka => createKafkaClient({ brokers: platform.broker!.brokers, clientId: 'faults' });

export async function withAdmin<T>(world: { platform: PlatformUnderTest }, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaOf(world).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Those of the platform. */
export const topicsOf = async (admin: Admin): Promise<string[]> => (await admin.listTopics()).filter((name) => name.startsWith('gridcase.'));

/** Everything that stands on the platform's topics when it is called, partition by partition. */
export async function everyMessage(world: World, look: (message: KafkaMessage) => void): Promise<void> {
  const left = new Map<string, bigint>();
  const topics = await withAdmin(world, async (admin) => {
    const names = await topicsOf(admin);
    for (const topic of names) for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) if (low !== high) left.set(`${topic} ${partition}`, BigInt(high) - 1n);
    return names;
  });
  const consumer = kafkaOf(world).consumer({ groupId: `faults.every.${randomUuid()}` });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ topic, partition, message }) => {
    look(message);
    if (BigInt(message.offset) >= (left.get(`${topic} ${partition}`) ?? -1n)) left.delete(`${topic} ${partition}`);
  } });
  while (left.size > 0) await world.pause(50);
  await consumer.disconnect();
}
