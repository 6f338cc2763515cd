import type { NewEvent } from '@gridcase/events';
import { chainEvents, type ChainedEvent } from './hash-chain';
import { AppendRefused, NO_STREAM, appendEventsMax, eventBytesMax, type ExpectedHead } from './port';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HASH = /^[0-9a-f]{64}$/;
const CONTROL = /[\u0000-\u001f\u007f\ud800-\udfff]/u;
const STREAM_LENGTH_MAX = 300;
const TYPE_LENGTH_MAX = 200;

/** Checks an append against the limits of the port and chains it. @throws AppendRefused */
export function prepareAppend(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): ChainedEvent[] {
  if (stream.startsWith('$')) throw new AppendRefused('system-stream', stream);
  if (!stream || stream.length > STREAM_LENGTH_MAX || CONTROL.test(stream)) throw new AppendRefused('invalid-stream', JSON.stringify(stream));
  if (events.length === 0) throw new AppendRefused('empty-append', stream);
  if (events.length > appendEventsMax) throw new AppendRefused('too-many-events', `${events.length} events for ${stream}, at most ${appendEventsMax}`);
  if (expected !== NO_STREAM && !(Number.isSafeInteger(expected.revision) && expected.revision >= 0 && HASH.test(expected.hash))) {
    throw new AppendRefused('invalid-event', `no possible head: ${JSON.stringify(expected)}`);
  }
  for (const event of events) {
    if (!UUID.test(event.id)) throw new AppendRefused('invalid-event', `id ${event.id} is no UUID in lower case`);
    if (!event.type || event.type.length > TYPE_LENGTH_MAX || event.type.startsWith('$') || CONTROL.test(event.type)) throw new AppendRefused('invalid-event', `type ${JSON.stringify(event.type)}`);
    if (!Number.isInteger(event.version) || event.version < 1 || event.version > 32_767) throw new AppendRefused('invalid-event', `version ${event.version} of ${event.type}`);
  }
  let chained: ChainedEvent[];
  try {
    chained = chainEvents(stream, expected, events);
  } catch (error) {
    if (error instanceof TypeError) throw new AppendRefused('invalid-event', `${stream}: ${error.message}`);
    throw error;
  }
  for (const { event, dataText, metadataText } of chained) {
    const characters = dataText.length + metadataText.length;
    // UTF-8 takes one to three bytes a UTF-16 unit: count only where it can matter.
    if (characters * 3 > eventBytesMax && Buffer.byteLength(dataText) + Buffer.byteLength(metadataText) > eventBytesMax) {
      throw new AppendRefused('event-too-large', `${event.type} in ${stream}, at most ${eventBytesMax} bytes`);
    }
  }
  return chained;
}
