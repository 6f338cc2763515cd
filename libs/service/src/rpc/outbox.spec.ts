import { setImmediate as nextTurn } from 'node:timers/promises';
import { Outbox } from './outbox';

describe('outbox', () => {
  const opened = () => {
    const messages: number[][] = [];
    const written: (() => void)[] = [];
    const outbox = new Outbox<number>((bytes) => bytes, (items, done) => { messages.push(items); written.push(done); });
    return { messages, written, outbox };
  };

  it('sends what comes in one turn as one message, and the next when that one is written', async () => {
    const { messages, written, outbox } = opened();
    [1, 2, 3].forEach((item) => outbox.add(item));
    await nextTurn();
    expect(messages).toEqual([[1, 2, 3]]);
    outbox.add(4);
    await nextTurn();
    outbox.add(5);
    await nextTurn();
    expect(messages).toEqual([[1, 2, 3]]);
    written[0]!();
    await nextTurn();
    expect(messages).toEqual([[1, 2, 3], [4, 5]]);
  });

  it('keeps messages within their size, a large item alone', async () => {
    const { messages, written, outbox } = opened();
    const sizes = [600_000, 600_000, 5_000_000, 10];
    for (const size of sizes) outbox.add(size);
    for (let turn = 0; turn < sizes.length; turn++) {
      await nextTurn();
      written.at(-1)!();
    }
    expect(messages).toEqual([[600_000], [600_000], [5_000_000], [10]]);
  });

  it('tells when everything has gone, once', async () => {
    const { messages, written, outbox } = opened();
    const gone = jest.fn();
    outbox.add(1);
    outbox.drained(gone);
    await nextTurn();
    expect(messages).toEqual([[1]]);
    expect(gone).not.toHaveBeenCalled();
    written[0]!();
    await nextTurn();
    expect(gone).toHaveBeenCalledTimes(1);
  });
});
