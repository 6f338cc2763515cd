import { status, type ServerWritableStream } from '@grpc/grpc-js';
import { type ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { LogRecord } from './event-log';
import { nameOf, readEvent, type ProtocolDouble } from './protocol-double';

/** Of one subscription in the live phase; a consumer that is further behind is too slow. */
const LIVE_BUFFER_EVENTS = 32;
const CATCH_UP_PAGE_EVENTS = 32;

export interface Subscriber { drop(how: 'too-slow' | 'unavailable' | 'end'): void }

/** A catch-up subscription to `$all` (filtered or not) or to a stream: from the log until its end, then live. */
export function serveSubscription(call: ServerWritableStream<ReadReq, ReadResp>, node: ProtocolDouble): void {
  const options = call.request.getOptions()!;
  const { log } = node;
  const stream = options.getStream();
  const name = stream && nameOf(stream.getStreamIdentifier());
  const all = options.getAll();
  const matches = matcher(options, name);
  const window = options.hasFilter() ? (options.getFilter()!.hasMax() ? options.getFilter()!.getMax() : 32) * options.getFilter()!.getCheckpointintervalmultiplier() : Infinity;

  let position = 0n;
  if (all?.hasEnd() || stream?.hasEnd()) position = log.lastPosition;
  else if (all?.hasPosition()) position = BigInt(all.getPosition()!.getCommitPosition());
  else if (stream?.hasRevision()) position = log.records.find((record) => record.stream === name && record.revision === BigInt(stream.getRevision()))?.position ?? log.lastPosition;

  let open = true;
  let wake = () => undefined as void;
  const stopListening = log.onAppend(() => wake());
  const finish = () => {
    open = false;
    stopListening();
    node.subscribers.delete(subscriber);
    wake();
  };
  const subscriber: Subscriber = {
    drop(how) {
      if (!open) return;
      finish();
      if (how === 'end') call.end();
      else if (how === 'unavailable') call.emit('error', { code: status.UNAVAILABLE, details: 'Connection dropped' });
      else call.emit('error', { code: status.ABORTED, details: 'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.' });
    },
  };
  node.subscribers.add(subscriber);
  call.on('cancelled', finish);
  call.on('error', finish);

  let live = false;
  const overflows = () => live && log.after(position, Infinity).filter(matches).length > LIVE_BUFFER_EVENTS;
  /** Gives the consumer time; in the live phase only as much as the buffer holds. */
  const write = async (response: ReadResp): Promise<void> => {
    if (call.write(response)) return;
    let drained = false;
    call.once('drain', () => {
      drained = true;
      wake();
    });
    while (open && !drained) {
      if (overflows()) {
        if (node.version !== '24.10') return subscriber.drop('too-slow');
        live = false;
        call.write(new ReadResp().setFellBehind(new ReadResp.FellBehind()));
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };

  const run = async () => {
    await write(new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(`subscription-${node.calls.subscribe}`)));
    let considered = 0;
    let checkpoints = 0;
    let pageStart: LogRecord | undefined;
    while (open) {
      const records = log.after(position, CATCH_UP_PAGE_EVENTS);
      if (records.length === 0) {
        if (!live) {
          live = true;
          if (node.version !== '22.10') await write(new ReadResp().setCaughtUp(new ReadResp.CaughtUp()));
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (log.lastPosition > position) resolve();
        });
        continue;
      }
      for (const record of records) {
        if (!open) return;
        position = record.position;
        pageStart ??= record;
        if (name !== undefined && record.stream === name && record.type === '$streamDeleted') {
          finish();
          return void call.emit('error', { code: status.FAILED_PRECONDITION, details: 'stream-deleted' });
        }
        if (matches(record)) await write(readEvent(record));
        if (++considered < window) continue;
        // 23.10 names the last event or the start of the page: a checkpoint may lie behind what was delivered.
        const at = ++checkpoints % 4 === 0 ? pageStart : record;
        await write(new ReadResp().setCheckpoint(new ReadResp.Checkpoint().setCommitPosition(String(at.position)).setPreparePosition(String(at.position))));
        considered = 0;
        pageStart = undefined;
      }
    }
  };
  run().catch((error: unknown) => call.emit('error', { code: status.INTERNAL, details: String(error) }));
}

function matcher(options: ReadReq.Options, name: string | undefined): (record: LogRecord) => boolean {
  if (name !== undefined) return (record) => record.stream === name;
  const filter = options.getFilter();
  if (!filter) return () => true;
  const expression = filter.getStreamIdentifier() ?? filter.getEventType()!;
  const field = filter.hasStreamIdentifier() ? ({ stream }: LogRecord) => stream : ({ type }: LogRecord) => type;
  if (expression.getRegex()) {
    const regex = new RegExp(expression.getRegex());
    return (record) => regex.test(field(record));
  }
  const prefixes = expression.getPrefixList();
  return (record) => prefixes.some((prefix) => field(record).startsWith(prefix));
}
