/** What the image starts: `run.cjs <service> [arguments]`. Loaded into this very process, so that signals reach it. */
const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

const apps = join(__dirname, '../../apps');
const entryOf = (name) => (name === 'cli' ? join(apps, 'standalone/dist/cli.js') : join(apps, name, 'dist/main.js'));
const names = [...readdirSync(apps).filter((name) => name !== 'standalone' && existsSync(entryOf(name))), 'cli'];

const [name, ...rest] = process.argv.slice(2);
if (!names.includes(name)) {
  process.stderr.write(`${name === undefined ? 'no service named' : `no service ${JSON.stringify(name)}`}: one of ${names.join(', ')}\n`);
  process.exit(2);
}
const entry = entryOf(name);
process.argv = [process.argv[0], entry, ...rest];
require(entry);
