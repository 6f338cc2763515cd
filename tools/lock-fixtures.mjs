// Adds new event fixtures to libs/events/fixtures.lock.json. What is locked stays as it is for ever: a changed or missing one is refused.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const events = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '../libs/events');
const lockFile = join(events, 'fixtures.lock.json');
const locked = existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, 'utf8')) : {};
const files = readdirSync(join(events, 'fixtures')).filter((file) => file.endsWith('.json'));
const now = Object.fromEntries(files.map((file) => [file, createHash('sha256').update(readFileSync(join(events, 'fixtures', file))).digest('hex')]));

const broken = Object.keys(locked).filter((file) => now[file] !== locked[file]);
if (broken.length > 0) {
  for (const file of broken) console.error(`${file} ${now[file] ? 'has changed' : 'is missing'}: put it back; a new shape is a new version of the event`);
  process.exit(1);
}
const added = files.filter((file) => !locked[file]);
writeFileSync(lockFile, `${JSON.stringify(Object.fromEntries(Object.entries(now).sort(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`);
console.log(added.length > 0 ? `locked ${added.join(', ')}` : 'nothing new to lock');
