import fc from 'fast-check';
import { LruMap } from './lru-map';

const weigh = (value: number): number => value % 4;

/** The plainest form of it: a list, the oldest first. */
class ListModel {
  private list: [number, number][] = [];
  constructor(private readonly weightMax: number) {}
  get size() { return this.list.length; }
  get(key: number) {
    const value = this.list.find(([other]) => other === key)?.[1];
    if (value !== undefined) this.set(key, value);
    return value;
  }
  set(key: number, value: number) {
    this.delete(key);
    this.list.push([key, value]);
    while (this.list.reduce((sum, [, other]) => sum + weigh(other), 0) > this.weightMax) this.list.shift();
  }
  delete(key: number) { this.list = this.list.filter(([other]) => other !== key); }
  clear() { this.list = []; }
}

const key = fc.nat(12);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ set: key }) }, { weight: 3, arbitrary: fc.record({ get: key }) },
  { weight: 1, arbitrary: fc.record({ delete: key }) }, { weight: 1, arbitrary: fc.constant({ clear: true }) },
);

it('holds what was used last, whatever came before', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 300 }), (weightMax, steps) => {
    const [map, model] = [new LruMap<number, number>(weightMax, weigh), new ListModel(weightMax)];
    steps.forEach((one, n) => {
      for (const subject of [map, model]) {
        if ('set' in one) subject.set(one.set, n);
        else if ('delete' in one) subject.delete(one.delete);
        else if ('clear' in one) subject.clear();
      }
      if ('get' in one) expect(map.get(one.get)).toBe(model.get(one.get));
      expect(map.size).toBe(model.size);
    });
    for (let k = 0; k <= 12; k++) expect(map.get(k)).toBe(model.get(k));
  }));
});
