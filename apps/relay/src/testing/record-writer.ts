import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NO_STREAM, type EventStore, type ExpectedHead } from '@gridcase/event-store';
import type { NewEvent } from '@gridcase/events';
import { uuidFrom } from '@gridcase/platform';

const EVENTS_AN_APPEND = 3;
const dispatched = JSON.parse(readFileSync(join(__dirname, '../../../../libs/events/fixtures/CaseDispatched.v1.json'), 'utf8')) as object;
let serial = 0;
const anEvent = (): NewEvent => ({
  id: uuidFrom('relay-spec', String(++serial)), type: 'CaseDispatched', version: 1, data: dispatched,
  metadata: { correlationId: 'c', causationId: 'c', commandId: `c${serial}`, commandDigest: 'd', actor: { person: '李四', role: 'r', jurisdiction: '211103' }, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:00.000Z' },
});

/** The only writer of a store: appends so many more events to some case streams. */
export function recordWriter(store: EventStore): (count: number, streams?: number) => Promise<void> {
  const heads = new Map<string, ExpectedHead>();
  return async (count, streams = 10) => {
    for (let done = 0; done < count; ) {
      const stream = `case-${(serial + done) % streams}`;
      const events = Array.from({ length: Math.min(EVENTS_AN_APPEND, count - done) }, anEvent);
      heads.set(stream, (await store.append(stream, heads.get(stream) ?? NO_STREAM, events)).head);
      done += events.length;
    }
  };
}
