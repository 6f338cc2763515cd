/**
 * A map that forgets what was not used for longest. A Map keeps insertion order, so its first key is the oldest. One iterator for
 * ever: what it has passed is gone or stands at the end again. A fresh one would look through all that was forgotten before it.
 */
export class LruMap<Key, Value> {
  private readonly entries = new Map<Key, Value>();
  private readonly oldest = this.entries.keys();

  constructor(private readonly sizeMax: number) {}

  get size(): number {
    return this.entries.size;
  }

  get(key: Key): Value | undefined {
    const value = this.entries.get(key);
    if (value !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, value);
    }
    return value;
  }

  set(key: Key, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.sizeMax) this.entries.delete(this.oldest.next().value!);
  }

  delete(key: Key): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
