/** @rule X18 */
import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { anEvent } from './event-store.contract';
import { GENESIS_HASH, canonicalJson, chainEvents } from './hash-chain';
import { NO_STREAM } from './port';

it('canonicalJson is what the package canonicalize (RFC 8785) gives', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
    expect(canonicalJson(value)).toBe(canonicalize(value));
  }), { numRuns: 500 });
  const hard = { 10: 'b', 9: 'a', '\u20ac': 1, '\r': 2, '\ud83d\ude00': 3, '\ufb33': 4, ö: [undefined, -0, 1e21, 1e-7, 333333333.3333332], gone: undefined, date: new Date(0) };
  expect(canonicalJson(hard)).toBe(canonicalize(hard));
});

it.each([NaN, Infinity, 10n, () => 1, { a: Symbol('x') }])('refuses what JSON cannot hold: %p', (value) => {
  expect(() => canonicalJson(value)).toThrow(TypeError);
});

it('a hash covers every field and the predecessor', () => {
  const [first, second] = [anEvent(), anEvent()];
  const [one, two] = chainEvents('case-1', NO_STREAM, [first, second]);
  const { id, type, version, data, metadata } = second;
  const fields = { stream: 'case-1', revision: 1, id, type, version, data, metadata, previousHash: one!.hash };
  const hash = (value: unknown) => createHash('sha256').update(canonicalize(value)!).digest('hex');
  expect(one!.previousHash).toBe(GENESIS_HASH);
  expect(two!.hash).toBe(hash(fields));
  expect(chainEvents('case-1', { revision: 0, hash: one!.hash }, [second])[0]!.hash).toBe(two!.hash);
  for (const change of [{ stream: 'case-2' }, { revision: 2 }, { id: first.id }, { type: 'x' }, { version: 2 }, { data: { ...data, n: -1 } }, { metadata: { ...metadata, commandId: 'other' } }, { previousHash: GENESIS_HASH }]) {
    expect(hash({ ...fields, ...change })).not.toBe(two!.hash);
  }
});
