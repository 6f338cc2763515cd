import { randomUuid, uuidFrom } from './ids';

const UUID = (version: number) => new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`);

it('uuidFrom is the same for the same parts, for ever', () => {
  // A stored id: if this value ever changes, retries stop being recognised.
  expect(uuidFrom('case', 'a', 'bc')).toBe('c8c745d5-f9ea-8353-870b-561365530fe8');
  expect(uuidFrom('case', 'a', 'bc')).toMatch(UUID(8));
});

it('uuidFrom keeps parts apart', () => {
  const ids = [uuidFrom('n', 'a', 'bc'), uuidFrom('n', 'ab', 'c'), uuidFrom('n', 'abc'), uuidFrom('na', 'bc'), uuidFrom('n', 'a', 'bc', '')];
  expect(new Set(ids).size).toBe(ids.length);
});

it('randomUuid gives new version 4 ids', () => {
  expect(randomUuid()).toMatch(UUID(4));
  expect(randomUuid()).not.toBe(randomUuid());
});
