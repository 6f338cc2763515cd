/** What both ends of a channel between threads have: a `Worker` here, its `parentPort` there. */
export interface Port { postMessage(message: unknown): void; on(event: 'message', listener: (message: any) => void): unknown }
export type PortHandlers = Readonly<Record<string, (value: any) => unknown>>;

type Message = { ask: number; name: string; value: unknown } | { answer: number; value?: unknown; error?: Error };
interface Waiting { resolve(value: any): void; reject(error: unknown): void }

/** Questions and answers between two threads; either side may ask. */
export class PortCalls {
  private last = 0;
  private readonly waiting = new Map<number, Waiting>();
  private ended: Error | undefined;

  constructor(private readonly port: Port, private readonly handlers: PortHandlers) {
    port.on('message', (message: Message) => ('ask' in message ? void this.answer(message.ask, message.name, message.value) : this.settle(message)));
  }

  /** @throws what the handler over there threw, or the reason why the channel ended */
  ask<T>(name: string, value?: unknown): Promise<T> {
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.waiting.set((this.last += 1), { resolve, reject });
      this.port.postMessage({ ask: this.last, name, value } satisfies Message);
    });
  }

  /** The other side is gone: nobody waits for it any more. */
  end(reason: Error): void {
    this.ended = reason;
    for (const { reject } of this.waiting.values()) reject(reason);
    this.waiting.clear();
  }

  private async answer(ask: number, name: string, value: unknown): Promise<void> {
    try {
      if (!Object.hasOwn(this.handlers, name)) throw new Error(`nobody answers ${name} in this thread`);
      this.port.postMessage({ answer: ask, value: await this.handlers[name]!(value) } satisfies Message);
    } catch (error) {
      this.port.postMessage({ answer: ask, error: error instanceof Error ? error : new Error(String(error)) } satisfies Message);
    }
  }

  private settle({ answer, value, error }: Extract<Message, { answer: number }>): void {
    const waiting = this.waiting.get(answer);
    this.waiting.delete(answer);
    if (error) waiting?.reject(error);
    else waiting?.resolve(value);
  }
}
