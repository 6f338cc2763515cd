import { status, type ServerDuplexStream } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import type { CommandRequest, CommandRequests, CommandResponse, CommandResponses } from './messages';
import { Outbox } from './outbox';

export type CommandStream = ServerDuplexStream<CommandRequests, CommandResponses>;

interface Held { stream: CommandStream; outbox: Outbox<CommandResponse>; inHand: number; ending: boolean }

/** The command streams that clients hold open, and how they end: each when its last command in hand has been answered. */
@Injectable()
export class CommandStreams {
  private readonly held = new Set<Held>();
  private draining = false;

  /** Commands of one stream run beside each other; each answer names its call. */
  open(stream: CommandStream, execute: (request: CommandRequest) => Promise<CommandResponse>): void {
    const outbox = new Outbox<CommandResponse>(({ result }) => result?.length ?? 0, (answers, written) => { if (!stream.cancelled) stream.write({ answers }, written); });
    const held: Held = { stream, outbox, inHand: 0, ending: false };
    this.held.add(held);
    stream.on('data', ({ commands = [] }: CommandRequests) => { for (const request of commands) void this.answer(held, request, execute); });
    // The client has no more commands, or is gone: what is in hand is finished either way.
    stream.on('end', () => this.end(held));
    stream.on('cancelled', () => void this.held.delete(held));
    stream.on('error', () => void this.held.delete(held));
    if (this.draining) this.end(held);
  }

  /** From now on commands are refused as not executed, and streams end. */
  drain(): void {
    this.draining = true;
    for (const held of [...this.held]) this.end(held);
  }

  private async answer(held: Held, request: CommandRequest, execute: (request: CommandRequest) => Promise<CommandResponse>): Promise<void> {
    const { call } = request;
    if (this.draining) return held.outbox.add({ call, status: status.UNAVAILABLE, statusMessage: 'the service is stopping' });
    held.inHand++;
    const response = await execute(request);
    response.call = call;
    held.outbox.add(response);
    held.inHand--;
    if (held.ending) this.end(held);
  }

  private end(held: Held): void {
    held.ending = true;
    // Of a stream that is gone already nothing is left to end.
    if (held.inHand === 0 && this.held.delete(held)) held.outbox.drained(() => held.stream.end());
  }
}
