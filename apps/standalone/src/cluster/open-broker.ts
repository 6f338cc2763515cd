import { join } from 'node:path';
import { startKafka, stopAbandonedKafka, whyNoKafka, type Shutdown } from '@gridcase/platform';

export interface Broker { brokers: readonly string[]; what: string }

/** The brokers given, else an Apache Kafka of our own. In one line why there is none; undefined when there is. */
export const whyNoBroker = (given: readonly string[] | undefined): string | undefined => (given ? undefined : whyNoKafka());

export async function openBroker(dataDir: string, given: readonly string[] | undefined, shutdown: Shutdown, log: (line: string) => void): Promise<Broker> {
  if (given) return { brokers: given, what: `Kafka at ${given.join(', ')}` };
  const none = whyNoKafka();
  if (none) throw new Error(`there is no Kafka broker: KAFKA_BROKERS is not set, and ${none}`);
  const brokerDir = join(dataDir, 'kafka');
  await stopAbandonedKafka(brokerDir);
  const kafka = await startKafka({ dataDir: brokerDir, log });
  shutdown.onStop('servers', 'Kafka', () => kafka.stop());
  return { brokers: kafka.brokers, what: `Apache Kafka of our own at ${kafka.brokers.join(', ')}` };
}
