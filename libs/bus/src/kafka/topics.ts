import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { publicTopics, type PublicTopic } from '@gridcase/events';

export interface TopicSettings {
  /** 3 in a cluster of three brokers or more, 1 on a single one. */
  replicationFactor: number;
  /** Brokers that must have a message before it counts as acknowledged. Default: all but one, at least one. */
  minInsyncReplicas?: number;
  /** A consumer away for longer catches up from the event store. Default 14 days. */
  retentionMs?: number;
}

/** A message holds one event (at most 1 MiB) and its headers; all of one partition in a request are one record batch. */
export const RECORD_BATCH_BYTES_MAX = 8 * 1024 * 1024;
const KNOWN_TIMEOUT_MS = 15_000;
const POLL_MS = 50;
const RETENTION_MS = 14 * 24 * 3_600_000;

/** The topics are not as they must be: an operator has to act, trying again does not help. */
export class TopicsUnusable extends Error {
  constructor(readonly problems: readonly string[]) { super(`Kafka topics cannot be used: ${problems.join('; ')}. They are described in docs/reference/asyncapi.yaml; the relay creates missing ones with KAFKA_CREATE_TOPICS=true`); this.name = 'TopicsUnusable'; }
}

/** Topics with another prefix than `gridcase.`: several installations on one Kafka cluster. */
export const topicsWithPrefix = (prefix: string): PublicTopic[] => publicTopics.map((topic) => ({ ...topic, name: topic.name.replace(/^gridcase\./, prefix) }));

/** Creates what is missing, leaves what stands. @throws TopicsUnusable when one stands with another number of partitions */
export async function createTopics(kafka: Kafka, settings: TopicSettings, topics: readonly PublicTopic[] = publicTopics): Promise<void> {
  const { replicationFactor, minInsyncReplicas = Math.max(1, replicationFactor - 1), retentionMs = RETENTION_MS } = settings;
  await withAdmin(kafka, async (admin) => {
    const standing = new Set(await admin.listTopics());
    const missing = topics.filter(({ name }) => !standing.has(name));
    await checkWith(admin, topics.filter((topic) => !missing.includes(topic)));
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: false,
        topics: missing.map(({ name, partitions }) => ({
          topic: name, numPartitions: partitions, replicationFactor,
          configEntries: Object.entries({
            'cleanup.policy': 'delete', 'retention.ms': String(retentionMs), 'retention.bytes': '-1', 'min.insync.replicas': String(minInsyncReplicas), 'unclean.leader.election.enable': 'false',
            'max.message.bytes': String(RECORD_BATCH_BYTES_MAX), 'message.timestamp.type': 'CreateTime', 'compression.type': 'producer',
          }).map(([name, value]) => ({ name, value })),
        })),
      });
    }
    // "Created" is answered before the topic is known and its partitions have leaders.
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      try {
        await checkWith(admin, topics);
        for (const { name } of missing) await admin.fetchTopicOffsets(name);
        return;
      } catch (error) {
        if (waitedMs >= KNOWN_TIMEOUT_MS) throw error;
        await delay(POLL_MS);
      }
    }
  });
}

/** @throws TopicsUnusable, at once: a produce to a missing topic would be tried again for half a minute. */
export const checkTopics = (kafka: Kafka, topics: readonly PublicTopic[] = publicTopics): Promise<void> => withAdmin(kafka, (admin) => checkWith(admin, topics));

export async function checkWith(admin: Admin, topics: readonly PublicTopic[]): Promise<void> {
  const standing = new Set(await admin.listTopics());
  const problems = topics.filter(({ name }) => !standing.has(name)).map(({ name }) => `topic ${name} is missing`);
  const found = topics.filter(({ name }) => standing.has(name));
  if (found.length > 0) {
    const { topics: described } = await admin.fetchTopicMetadata({ topics: found.map(({ name }) => name) });
    for (const { name, partitions } of found) {
      const count = described.find((topic) => topic.name === name)?.partitions.length ?? 0;
      if (count !== partitions) problems.push(`topic ${name} has ${count} partitions, expected ${partitions}`);
    }
  }
  if (problems.length > 0) throw new TopicsUnusable(problems);
}

export async function withAdmin<T>(kafka: Kafka, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}
