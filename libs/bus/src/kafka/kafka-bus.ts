import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { fromPublicMessage, publicTopics, type PublicTopic, type StoredEvent } from '@gridcase/events';
import type { EventStore } from '@gridcase/event-store';
import type { EventBus } from '../port';
import { ConsumerSession, type SessionState } from './consumer-session';
import { readHeadersAsTexts, type Headers } from './header-texts';
import { HoleInLog } from './merge-partitions';

export interface KafkaBusOptions {
  kafka: Kafka;
  /** The record behind the topics: fills what the log does not hold any more, tells the epoch. */
  store: Pick<EventStore, 'epoch' | 'head' | 'readAll' | 'readStream'>;
  topics?: readonly PublicTopic[];
  decode?(headers: Headers, body: string): StoredEvent;
  /** A member that gives no sign for so long loses its partitions to one that stands by. At least the broker's group.min.session.timeout.ms. */
  sessionTimeoutMs?: number;
  heartbeatIntervalMs?: number;
  /** How long the broker waits for something to come before it answers with nothing. */
  fetchWaitMaxMs?: number;
  commitIntervalMs?: number;
  /** Of one partition, waiting for their turn: above it the partition is paused. */
  waitingEventsMax?: number;
  retryDelayMs?: number;
  retryDelayMaxMs?: number;
}

export interface KafkaBus extends EventBus {
  /** For readiness. @throws when a subscription does not run, with its last error; standing by counts as running. */
  check(): Record<string, SessionState>;
}

interface Running { group: string; session?: ConsumerSession; error?: unknown }

/** The bus of the cluster profile: topics filled by the relay, put back into the order of the record. */
export function createKafkaBus(options: KafkaBusOptions): KafkaBus {
  readHeadersAsTexts();
  const settings = {
    topics: publicTopics, decode: fromPublicMessage, sessionTimeoutMs: 10_000, heartbeatIntervalMs: 3_000, fetchWaitMaxMs: 100, commitIntervalMs: 1_000, waitingEventsMax: 2_000,
    retryDelayMs: 100, retryDelayMaxMs: 5_000, ...options,
  };
  const subscriptions = new Set<Running>();
  return {
    async subscribe(subscription) {
      const { signal, group, categories, onError = () => undefined } = subscription;
      const topics = settings.topics.filter((topic) => !categories || topic.categories.some((category) => categories.includes(category)));
      if (topics.length === 0) throw new Error(`${group}: no topic holds ${categories!.join(', ')}`);
      const running: Running = { group };
      subscriptions.add(running);
      try {
        for (let failures = 0; !signal.aborted; ) {
          const session = (running.session = new ConsumerSession({ ...settings, topics }, subscription, () => { failures = 0; running.error = undefined; }, running.error instanceof HoleInLog));
          try {
            await session.run();
          } catch (error) {
            running.error = error;
            onError(error);
            await delay(Math.min(settings.retryDelayMs * 2 ** failures++, settings.retryDelayMaxMs), undefined, { signal }).catch(() => undefined);
          }
        }
      } finally {
        subscriptions.delete(running);
      }
    },
    check() {
      const states: Record<string, SessionState> = {};
      for (const { group, session, error } of subscriptions) {
        const state = session?.state ?? 'joining';
        if (error !== undefined) throw new Error(`${group} cannot read from Kafka: ${error instanceof Error ? error.message : String(error)}`);
        if (state === 'joining') throw new Error(`${group} has not joined its group yet`);
        if (session!.silentMs > settings.sessionTimeoutMs) throw new Error(`${group} has heard nothing from Kafka for ${Math.round(session!.silentMs)} ms`);
        states[group] = state;
      }
      return states;
    },
  };
}
