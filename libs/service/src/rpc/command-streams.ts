import { status, type ServerDuplexStream } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import type { CommandRequest, CommandResponse } from './messages';

export type CommandStream = ServerDuplexStream<CommandRequest, CommandResponse>;

/** The command streams that clients hold open, and how they end: each when its last command in hand has been answered. */
@Injectable()
export class CommandStreams {
  private readonly inHand = new Map<CommandStream, number>();
  private draining = false;

  /** Commands of one stream run beside each other; each answer names its call. */
  open(stream: CommandStream, execute: (request: CommandRequest) => Promise<CommandResponse>): void {
    this.inHand.set(stream, 0);
    stream.on('data', (request: CommandRequest) => void this.answer(stream, request, execute));
    // The client has no more commands, or is gone: what is in hand is finished either way.
    stream.on('end', () => this.endIfIdle(stream, true));
    stream.on('cancelled', () => void this.inHand.delete(stream));
    stream.on('error', () => void this.inHand.delete(stream));
    if (this.draining) this.endIfIdle(stream, true);
  }

  /** From now on commands are refused as not executed, and streams end. */
  drain(): void {
    this.draining = true;
    for (const stream of [...this.inHand.keys()]) this.endIfIdle(stream, true);
  }

  private readonly ending = new WeakSet<CommandStream>();

  private async answer(stream: CommandStream, request: CommandRequest, execute: (request: CommandRequest) => Promise<CommandResponse>): Promise<void> {
    const { call } = request;
    if (this.draining) return this.write(stream, { call, status: status.UNAVAILABLE, statusMessage: 'the service is stopping' });
    this.inHand.set(stream, (this.inHand.get(stream) ?? 0) + 1);
    const response = await execute(request);
    response.call = call;
    this.write(stream, response);
    if (!this.inHand.has(stream)) return;
    this.inHand.set(stream, this.inHand.get(stream)! - 1);
    this.endIfIdle(stream, this.ending.has(stream));
  }

  private write(stream: CommandStream, response: CommandResponse): void {
    if (!stream.cancelled && !stream.writableEnded) stream.write(response);
  }

  private endIfIdle(stream: CommandStream, asked: boolean): void {
    if (!asked) return;
    this.ending.add(stream);
    if (this.inHand.get(stream) !== 0) return;
    this.inHand.delete(stream);
    stream.end();
  }
}
