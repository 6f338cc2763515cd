import { Seeded } from './seeded';

it('the same seed gives the same choices, another one others', () => {
  const choices = (seed: number) => { const random = new Seeded(seed); return [random.next(), random.between(5, 6), random.below(1_000), random.oneOf(['a', 'b', 'c']), random.shuffled([1, 2, 3, 4, 5, 6, 7, 8]).join()]; };
  expect(choices(7)).toEqual(choices(7));
  expect(choices(7)).not.toEqual(choices(8));
});

it('chooses within bounds and loses nobody', () => {
  const random = new Seeded(1);
  for (let n = 0; n < 1_000; n++) {
    const value = random.between(2, 3);
    expect(value >= 2 && value < 3).toBe(true);
  }
  expect(new Set(Array.from({ length: 1_000 }, () => random.below(10))).size).toBe(10);
  expect(random.shuffled([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
});
