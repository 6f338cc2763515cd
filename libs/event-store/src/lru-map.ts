/**
 * A map that forgets what was not used for longest, as soon as all of it together is too heavy; unless told otherwise each weighs 1.
 * A Map keeps insertion order, so its first key is the oldest. One iterator for ever: what it has passed is gone or stands at the
 * end again. A fresh one would look through all that was forgotten before it.
 */
export class LruMap<Key, Value> {
  private readonly entries = new Map<Key, { value: Value; weight: number }>();
  private readonly oldest = this.entries.keys();
  private weight = 0;

  constructor(private readonly weightMax: number, private readonly weigh: (value: Value) => number = () => 1) {}

  get size(): number {
    return this.entries.size;
  }

  get(key: Key): Value | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  set(key: Key, value: Value): void {
    this.delete(key);
    const weight = this.weigh(value);
    this.entries.set(key, { value, weight });
    for (this.weight += weight; this.weight > this.weightMax; ) this.delete(this.oldest.next().value!);
  }

  delete(key: Key): void {
    this.weight -= this.entries.get(key)?.weight ?? 0;
    this.entries.delete(key);
  }

  clear(): void {
    this.weight = 0;
    this.entries.clear();
  }
}
