import { rejectionTexts } from '@gridcase/domain';
import { edgeProblems } from './edge-problems';
import { problemDocument } from './problem';

it('no code means one thing at the edge and another in a service', () => {
  expect(Object.keys(edgeProblems).filter((code) => Object.hasOwn(rejectionTexts, code))).toEqual([]);
});

it.each(Object.entries({ ...rejectionTexts, ...edgeProblems }))('%s has both texts and a status of a refusal', (code, { status, zh, en }) => {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(zh).toMatch(/\p{Script=Han}/u);
  expect(en).toMatch(/^[^\p{Script=Han}]+$/u);
  expect(problemDocument({ problem: { code } }, 'c')).toMatchObject({ status, code });
});
