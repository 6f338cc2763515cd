import type { Admin, Kafka } from 'kafkajs';
import { createKafkaClient } from '@gridcase/bus';
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
