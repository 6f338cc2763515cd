#!/usr/bin/env node
/**
 * Which rule of the rulebook is implemented where and shown by which test, from `@rule` annotations.
 *   npm run rules                 a table, and the ids that are open
 *   npm run rules -- --json       [{id, code: [path:line], tests: [path: name]}]
 *   npm run rules -- --check      exit 1 when a claimed id has no test, or an annotation is wrong
 *   npm run rules -- --root DIR   another workspace (for the test of this program)
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve, sep } from 'node:path';

const ts = createRequire(import.meta.url)('typescript');

const args = process.argv.slice(2);
const root = resolve(args.includes('--root') ? args[args.indexOf('--root') + 1] : join(import.meta.dirname, '..'));
const known = JSON.parse(readFileSync(join(root, 'docs/rulebook.json'), 'utf8'));
const table = new Map(known.map(({ id }) => [id, { id, code: [], tests: [] }]));
const problems = [];

const ID = /^(?:[XHLZN]\d[\d.]*|Y[A-E][\d.]*)$/;
/** `X12, H4.2.3 because …` → the ids in front, up to the first word that is none. */
const idsIn = (text) => {
  const ids = [];
  for (const word of text.trim().split(/[\s,;，、]+/)) {
    const id = word.replace(/[.:：]$/, '');
    if (!ID.test(id)) break;
    ids.push(id);
  }
  return ids;
};
/** Only in comments: after `//` or `#`, or in a line of a block comment. */
const COMMENT = { ts: /(?:\/\/|\/\*|^\s*\*).*?@rule\b[: ]*(.*)$/, yaml: /#.*?@rule\b[: ]*(.*)$/ };

function claim(kind, ids, place, shown) {
  if (ids.length === 0) problems.push(`${place}: @rule without an id`);
  for (const id of ids) {
    const row = table.get(id);
    if (!row) problems.push(`${place}: unknown rule ${id}`);
    else if (!row[kind].includes(shown)) row[kind].push(shown);
  }
}

function readCode(path, text) {
  const yaml = /\.ya?ml$/.test(path);
  text.split('\n').forEach((line, index) => {
    const place = `${path}:${index + 1}`;
    const comment = (yaml ? COMMENT.yaml : COMMENT.ts).exec(line);
    if (comment) claim('code', idsIn(comment[1].replace(/\*\/.*$/, '')), place, place);
    if (!yaml) return;
    // `rule: X12`, `rules: [X12, H4.2.3]`; a pack's own choices have words there, which are no ids.
    const field = /^\s*(?:-\s*)?(?:.*[{,]\s*)?rules?:\s*['"[]?\s*([^#}\]]*)/.exec(line);
    const ids = field ? idsIn(field[1].replace(/['"]/g, ' ')) : [];
    if (ids.length > 0) claim('code', ids, place, place);
  });
}

function readTests(path, text) {
  if (!/@rule\b|\[[XHLZNY][\dA-E]/.test(text)) return;
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const tests = [];
  const visit = (node, groups) => {
    let inner = groups;
    if (ts.isCallExpression(node)) {
      const kind = kindOf(node.expression);
      const title = node.arguments[0];
      if (kind && title && ts.isStringLiteralLike(title)) {
        inner = [...groups, title.text];
        // A comment above the call is trivia of its statement.
        const start = ts.isExpressionStatement(node.parent) ? node.parent.getFullStart() : node.getFullStart();
        const name = `${path}: ${inner.join(' > ')}`;
        tests.push({ start, end: node.end, name, depth: groups.length, node });
        for (const [, list] of title.text.matchAll(/\[([^\]]+)\]/g)) {
          const ids = idsIn(list);
          if (ids.length > 0) claim('tests', ids, path, name);
        }
      }
    }
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(source, []);

  let offset = 0;
  text.split('\n').forEach((line, index) => {
    const comment = COMMENT.ts.exec(line);
    if (comment) {
      const place = `${path}:${index + 1}`;
      const at = offset + line.indexOf('@rule');
      const shownBy = testsAt(source, tests, at);
      if (shownBy.length === 0) problems.push(`${place}: @rule is not above or inside a test`);
      for (const { name } of shownBy) claim('tests', idsIn(comment[1].replace(/\*\/.*$/, '')), place, name);
    }
    offset += line.length + 1;
  });
}

/** The innermost test or group around or under a comment; in a table of cases, those that use the table; in the file's head, all outer ones. */
function testsAt(source, tests, at) {
  const innermost = tests.filter(({ start, end }) => start <= at && at < end).sort((a, b) => a.end - a.start - (b.end - b.start))[0];
  if (innermost) return [innermost];
  const statement = source.statements.find((one) => one.getFullStart() <= at && at < one.end);
  if (!statement) return [];
  if (statement === source.statements[0]) return tests.filter(({ depth }) => depth === 0);
  if (!ts.isVariableStatement(statement)) return [];
  const tables = statement.declarationList.declarations.map(({ name }) => name.getText(source));
  const uses = (node) => (ts.isIdentifier(node) && tables.includes(node.text)) || ts.forEachChild(node, (child) => uses(child) || undefined) === true;
  const users = tests.filter(({ node }) => uses(node));
  return users.filter((user) => !users.some((other) => other !== user && user.node.pos <= other.node.pos && other.node.end <= user.node.end));
}

/** `it`, `test`, `describe`, also as `it.each(table)` */
function kindOf(callee) {
  let node = callee;
  while (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node) || ts.isTaggedTemplateExpression(node)) {
    node = ts.isTaggedTemplateExpression(node) ? node.tag : node.expression;
  }
  // In `it.each(table)('name', …)` the inner call has no name of its own.
  if (ts.isPropertyAccessExpression(callee) && callee.name.text === 'each') return undefined;
  return ts.isIdentifier(node) && ['it', 'test', 'describe'].includes(node.text) ? node.text : undefined;
}

function* files(dir) {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      if (!['node_modules', 'dist'].includes(entry.name)) yield* files(path);
    } else if (/\.(ts|yaml|yml)$/.test(entry.name) && !entry.name.endsWith('.d.ts')) {
      yield path;
    }
  }
}

for (const folder of ['apps', 'libs', 'policies', 'proto', 'bench', 'e2e']) {
  for (const file of files(join(root, folder))) {
    const path = relative(root, file).split(sep).join('/');
    const text = readFileSync(file, 'utf8');
    if (/\.(spec|contract)\.ts$/.test(path) || folder === 'e2e') readTests(path, text);
    else readCode(path, text);
  }
}

const rows = [...table.values()];
const untested = rows.filter((row) => row.code.length > 0 && row.tests.length === 0);
const open = rows.filter((row) => row.code.length === 0);
const shown = rows.filter((row) => row.code.length > 0 && row.tests.length > 0);

if (args.includes('--json')) {
  process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
} else if (!args.includes('--check')) {
  const titles = new Map(known.map(({ id, zh, en }) => [id, `${zh} · ${en}`]));
  console.log('rule    code tests  title');
  for (const row of rows) console.log(`${row.id.padEnd(7)} ${String(row.code.length).padStart(4)} ${String(row.tests.length).padStart(5)}  ${titles.get(row.id)}`);
}
if (!args.includes('--json')) {
  console.log(`\n${shown.length} of ${rows.length} rules are implemented and tested.`);
  console.log(`Open (${open.length}): ${open.map(({ id }) => id).join(' ') || 'none'}`);
  if (untested.length > 0) console.log(`Claimed in code, but without a test (${untested.length}):\n${untested.map(({ id, code }) => `  ${id}: ${code.join(', ')}`).join('\n')}`);
  if (problems.length > 0) console.log(`Wrong annotations (${problems.length}):\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}
if (args.includes('--check') && untested.length + problems.length > 0) process.exitCode = 1;
