import type { Kafka } from 'kafkajs';
import type { EventStore } from '@gridcase/event-store';
import type { PublicTopic } from '@gridcase/events';
import { randomUuid } from '@gridcase/platform';
import { waitUntil } from '@gridcase/testing';

export interface LogEntry { topic: string; partition: number; key: string | undefined; stream: string; revision: number; position: bigint; headers: Record<string, string>; body: string }

/** Everything that stands in the topics, partition by partition in its order, as a foreign consumer sees it. Progress messages are left out. */
export async function readLog(kafka: Kafka, topics: readonly PublicTopic[]): Promise<LogEntry[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map<string, bigint>();
  for (const { name } of topics) for (const { partition, high, low } of await admin.fetchTopicOffsets(name)) if (high !== low) ends.set(`${name}/${partition}`, BigInt(high) - 1n);
  await admin.disconnect();
  const entries: LogEntry[] = [];
  if (ends.size === 0) return entries;
  const consumer = kafka.consumer({ groupId: `reader-${randomUuid()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: topics.map(({ name }) => name), fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch: { topic, partition, messages } }) => {
      for (const { key, headers: raw, value, offset } of messages) {
        const headers = Object.fromEntries(Object.entries(raw ?? {}).map(([name, text]) => [name, String(text)]));
        if (headers['ce_stream']) entries.push({ topic, partition, key: key?.toString(), stream: headers['ce_stream'], revision: Number(headers['ce_revision']), position: BigInt(headers['ce_position']!), headers, body: value?.toString() ?? '' });
        if (BigInt(offset) >= (ends.get(`${topic}/${partition}`) ?? 0n)) ends.delete(`${topic}/${partition}`);
      }
    },
  });
  await waitUntil(() => ends.size === 0, { timeoutMs: 30_000, what: 'the end of the log' });
  await consumer.disconnect();
  return entries;
}

/** The log holds the whole record: nothing lost, and no key goes backwards but by a repeat that begins the run again. @returns it */
export async function wholeAndOrderedLog(kafka: Kafka, topics: readonly PublicTopic[], store: EventStore): Promise<LogEntry[]> {
  const log = await readLog(kafka, topics);
  const firsts = new Map<string, number>();
  for (const { stream, revision } of log) {
    const reached = firsts.get(stream) ?? -1;
    if (revision > reached + 1) throw new Error(`${stream} goes from revision ${reached} to ${revision}`);
    firsts.set(stream, Math.max(reached, revision));
  }
  for (const { stream, revision } of (await store.readAll({ after: 0n, limit: 10_000 })).events) if (revision > (firsts.get(stream) ?? -1)) throw new Error(`${stream}@${revision} is not in the log`);
  return log;
}
