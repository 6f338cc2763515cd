/** Park–Miller: what a run does, and when, follows from its seed. */
export class Seeded {
  private state: number;

  constructor(readonly seed: number) {
    this.state = (seed % 2_147_483_646) + 1;
    for (let warm = 0; warm < 10; warm++) this.next();
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.state = (this.state * 48_271) % 2_147_483_647;
    return this.state / 2_147_483_647;
  }

  between(min: number, max: number): number { return min + this.next() * (max - min); }
  /** A whole number. */
  below(count: number): number { return Math.floor(this.next() * count); }
  oneOf<T>(list: readonly T[]): T { return list[this.below(list.length)]!; }

  /** The same members in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let last = result.length - 1; last > 0; last--) {
      const at = this.below(last + 1);
      [result[last], result[at]] = [result[at]!, result[last]!];
    }
    return result;
  }
}
