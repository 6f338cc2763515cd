import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from './catalogue';
import { upcastEvent } from './upcast';

const dir = join(__dirname, '../fixtures');
const files = readdirSync(dir).filter((file) => file.endsWith('.json')).sort();
const locked = JSON.parse(readFileSync(join(dir, '../fixtures.lock.json'), 'utf8')) as Record<string, string>;
const textOf = (file: string): string => readFileSync(join(dir, file), 'utf8');

it('every version of every event type has exactly its fixture', () => {
  const expected = Object.values(catalogue).flatMap(({ type, version }) => Array.from({ length: version }, (_, i) => `${type}.v${i + 1}.json`));
  expect(files).toEqual(expected.sort());
});

// @rule X18
it('no fixture that was ever committed has changed or vanished, and every fixture is locked', () => {
  const now = Object.fromEntries(files.map((file) => [file, createHash('sha256').update(textOf(file)).digest('hex')]));
  expect(now).toEqual(locked);
});

describe.each(files)('%s', (file) => {
  const [, type, version] = /^(\w+)\.v(\d+)\.json$/.exec(file)!;
  const definition = catalogue[type!]!;

  it('passes through JSON byte for byte', () => {
    expect(`${JSON.stringify(JSON.parse(textOf(file)), null, 2)}\n`).toBe(textOf(file));
  });
  it('fits the current schema, upcast where it is older, and the schema drops nothing of it', () => {
    const { data } = upcastEvent({ type: type!, version: Number(version), data: JSON.parse(textOf(file)) });
    expect(definition.schema.parse(data)).toEqual(data);
  });
});
