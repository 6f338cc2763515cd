// A page that is generated: written, or with --check compared. `--out FILE` names another place.
const { existsSync, readFileSync, writeFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');

module.exports = function writePage(standard, text, argv = process.argv.slice(2)) {
  const out = argv.includes('--out') ? argv[argv.indexOf('--out') + 1] : standard;
  if (!argv.includes('--check')) {
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, text);
    return;
  }
  if (existsSync(out) && readFileSync(out, 'utf8') === text) return;
  console.error(`${out} is out of date: run node ${require('node:path').relative(process.cwd(), process.argv[1])}`);
  process.exitCode = 1;
};
