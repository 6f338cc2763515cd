import { untilAtRest } from './until-at-rest';

const rounds = (heads: (bigint | undefined)[]) => {
  let asked = 0;
  return { round: () => Promise.resolve(heads[asked++]), asked: () => asked };
};

it('is at rest when two rounds found the same head', async () => {
  const { round, asked } = rounds([7n, 9n, 9n]);
  await untilAtRest(round);
  expect(asked()).toBe(3);
});

it('is not at rest while its members found different heads', async () => {
  const { round, asked } = rounds([undefined, undefined, 9n, undefined, 9n, 9n]);
  await untilAtRest(round);
  expect(asked()).toBe(6);
});

it('has an end also while others go on writing', async () => {
  let head = 0n;
  await untilAtRest(() => Promise.resolve(head++));
  expect(head).toBe(6n);
});
