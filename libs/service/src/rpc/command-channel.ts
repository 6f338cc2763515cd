import { status, type ClientDuplexStream } from '@grpc/grpc-js';
import { MESSAGE_BYTES_MAX, type CommandRequest, type CommandRequests, type CommandResponse, type CommandResponses } from './messages';
import { Outbox } from './outbox';

/** A call without an answer, with its gRPC status. */
export class CallFailed extends Error {
  constructor(readonly code: number, message: string) { super(message); this.name = 'CallFailed'; }
}

export type CommandStream = ClientDuplexStream<CommandRequests, CommandResponses>;
interface Open { stream: CommandStream; outbox: Outbox<CommandRequest>; since: number; inHand: number; retired: boolean }
interface Waiting { open: Open; resolve(response: CommandResponse): void; reject(error: CallFailed): void; timer: NodeJS.Timeout }

/** Room for the fields beside it. */
const BODY_BYTES_MAX = MESSAGE_BYTES_MAX - 64 * 1024;
const CALL_MAX = 0xffff_ffff;

/**
 * Commands of this process to one service over one stream at a time, which is opened when needed, again when it was lost, and anew when it
 * is old: the next one goes to whichever copy of the service has its turn.
 */
export class CommandChannel {
  private current: Open | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastCall = 0;

  constructor(private readonly open: () => CommandStream, private readonly streamAgeMaxMs = Infinity) {}

  /** @throws CallFailed UNAVAILABLE when the stream was lost, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, or with the status the service gave */
  send(request: CommandRequest, timeoutMs: number): Promise<CommandResponse> {
    // The service would end the stream, and with it every other command in hand.
    if ((request.body?.length ?? 0) > BODY_BYTES_MAX) return Promise.reject(new CallFailed(status.RESOURCE_EXHAUSTED, `a body of ${request.body!.length} bytes, at most ${BODY_BYTES_MAX}`));
    const call = this.nextCall();
    if (this.current && performance.now() - this.current.since > this.streamAgeMaxMs) this.retire(this.current);
    const open = (this.current ??= this.connect());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.settle(call)?.reject(new CallFailed(status.DEADLINE_EXCEEDED, `no answer within ${Math.round(timeoutMs)} ms`)), timeoutMs);
      this.waiting.set(call, { open, resolve, reject, timer });
      request.call = call;
      open.inHand++;
      open.outbox.add(request);
    });
  }

  /** Commands in hand are given up: whether they were executed is unknown. */
  close(): void {
    const { current } = this;
    if (!current) return;
    this.lost(current, new CallFailed(status.CANCELLED, 'the client was closed'));
    // Not cancelled: grpc-js 1.14 never returns from the cancellation of a stream whose server is gone.
    current.stream.end();
  }

  private connect(): Open {
    const stream = this.open();
    const outbox = new Outbox<CommandRequest>(({ body }) => body?.length ?? 0, (commands, written) => void stream.write({ commands }, written));
    const open: Open = { stream, outbox, since: performance.now(), inHand: 0, retired: false };
    stream.on('data', ({ answers = [] }: CommandResponses) => { for (const answer of answers) this.answered(answer); });
    stream.on('error', (error: Error) => this.lost(open, new CallFailed(status.UNAVAILABLE, error.message)));
    stream.on('end', () => {
      stream.end();
      this.lost(open, new CallFailed(status.UNAVAILABLE, 'the service has ended the stream'));
    });
    return open;
  }

  /** Takes no more commands; it ends when the last one in hand is answered. */
  private retire(open: Open): void {
    open.retired = true;
    this.current = undefined;
    this.endWhenDone(open);
  }

  private endWhenDone({ retired, inHand, outbox, stream }: Open): void {
    if (retired && inHand === 0) outbox.drained(() => stream.end());
  }

  private answered(response: CommandResponse): void {
    const waiting = this.settle(response.call ?? 0);
    if (!waiting) return; // too late: its deadline has passed
    if (response.status) waiting.reject(new CallFailed(response.status, response.statusMessage ?? ''));
    else waiting.resolve(response);
  }

  private lost(open: Open, failure: CallFailed): void {
    if (this.current === open) this.current = undefined;
    for (const [call, waiting] of this.waiting) if (waiting.open === open) this.settle(call)!.reject(failure);
  }

  private settle(call: number): Waiting | undefined {
    const waiting = this.waiting.get(call);
    if (waiting) {
      clearTimeout(waiting.timer);
      this.waiting.delete(call);
      waiting.open.inHand--;
      this.endWhenDone(waiting.open);
    }
    return waiting;
  }

  private nextCall(): number {
    do this.lastCall = this.lastCall >= CALL_MAX ? 1 : this.lastCall + 1; while (this.waiting.has(this.lastCall));
    return this.lastCall;
  }
}
