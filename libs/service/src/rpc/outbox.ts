/** Well below the limit of a message, with room for the fields beside the bodies. */
const BATCH_BYTES_MAX = 1024 * 1024;

/**
 * What is to be written to a stream, collected: everything of one turn of the event loop goes as one message, and while a message is
 * being written the next one grows. A gRPC stream takes one message a turn, whatever its size.
 */
export class Outbox<Item> {
  private items: Item[] = [];
  private writing = false;
  private scheduled = false;
  private whenEmpty: (() => void) | undefined;

  /** @param write calls `written` when the stream takes the next message; never, when it is lost */
  constructor(private readonly bytesOf: (item: Item) => number, private readonly write: (items: Item[], written: () => void) => void) {}

  add(item: Item): void {
    this.items.push(item);
    this.schedule();
  }

  /** Calls back when everything has been handed to the stream. */
  drained(then: () => void): void {
    this.whenEmpty = then;
    this.schedule();
  }

  private schedule(): void {
    if (this.writing || this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.scheduled = false;
    if (this.items.length === 0) {
      this.whenEmpty?.();
      this.whenEmpty = undefined;
      return;
    }
    this.writing = true;
    this.write(this.take(), () => {
      this.writing = false;
      if (this.items.length > 0 || this.whenEmpty) this.schedule();
    });
  }

  private take(): Item[] {
    let count = 0;
    for (let bytes = 0; count < this.items.length; count++) {
      bytes += this.bytesOf(this.items[count]!);
      if (count > 0 && bytes > BATCH_BYTES_MAX) break;
    }
    return this.items.splice(0, count);
  }
}
