// Writes docs/reference/events.md from the schemas, their comments and the fixtures of libs/events: node tools/write-event-catalogue.cjs [--check]
require('./require-typescript.cjs');
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const ts = require('typescript');
const writePage = require('./write-page.cjs');

const events = join(__dirname, '../libs/events');
const { catalogue } = require('../libs/events/src/catalogue.ts');
const { schemaFields } = require('../libs/events/src/schema-fields.ts');
const { personalFields } = require('../libs/events/src/personal-fields.ts');

const STREAMS = {
  case: ['`case-{caseId}`', 'Everything that happens to a case after filing.', 'intake (filing, joining), dispatch, sla-monitor'],
  report: ['`report-{reportId}`', 'A report before, or instead of, becoming a case.', 'intake'],
  patrol: ['`patrol-{patrolId}`', 'A patrol of a worker.', 'intake'],
  gridtree: ['`gridtree-{district}`', 'Grids, their workers and officers.', 'registry'],
  staff: ['`staff-{district}`', 'Units and people in office.', 'registry'],
  itemlist: ['`itemlist-{district}`', 'The list of items the grid system handles.', 'registry'],
  calendar: ['`calendar-{district}`', 'Holidays and make-up working days.', 'registry'],
  policy: ['`policy-{district}`', 'Policy packs adopted by date.', 'registry'],
  assessment: ['`assessment-{district}-…`', 'Scorecards of a subject (`…-{kind}-{id}`) and quota warnings of a week (`…-quota-{monday}`) that were issued.', 'assessment'],
};

// ---- comments: of each event, and of the fields where a comment stands at the field or at the shared part it is made of

const sources = readdirSync(join(events, 'src')).filter((file) => /-events\.ts$|^define\.ts$/.test(file)).sort();
const shared = new Map(); // file → const name → initializer and comment
const parsed = sources.map((file) => ts.createSourceFile(file, readFileSync(join(events, 'src', file), 'utf8'), ts.ScriptTarget.Latest, true));
for (const source of parsed) {
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) shared.set(`${source.fileName}/${name.text}`, { doc: docOf(statement), initializer });
  }
}
const constant = (source, name) => shared.get(`${source.fileName}/${name}`) ?? shared.get(`define.ts/${name}`);

function docOf(node) {
  const text = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1)?.getText() ?? '';
  return text.replace(/^\/\*\*|\*\/$/g, '').replace(/^\s*\*\s?/gm, '').replace(/\s+/g, ' ').trim();
}
/** `@rule X12 H4.2.3 — words` → ids and words. */
function readDoc(doc) {
  const rules = [];
  const words = doc.replace(/@rule((?:\s+[A-Z]{1,2}\d*(?:\.\d+)*)+)(?:\s*—)?/g, (_, ids) => (rules.push(...ids.trim().split(/\s+/)), '')).trim();
  return { rules, words: words && words[0].toUpperCase() + words.slice(1) };
}

/** Path of a field → what its comment says. */
function meanings(node, source, path = '', found = new Map()) {
  const visit = (child, at) => {
    if (ts.isObjectLiteralExpression(child)) {
      for (const property of child.properties) {
        if (ts.isSpreadAssignment(property)) { visit(property.expression, at); continue; }
        const here = at ? `${at}.${property.name.text}` : property.name.text;
        const value = ts.isShorthandPropertyAssignment(property) ? property.name : property.initializer;
        const own = docOf(property);
        const part = partOf(value, source);
        const doc = own || (part ? part.doc : '');
        if (doc && !found.has(here)) found.set(here, doc);
        visit(value, here);
      }
      return;
    }
    if (ts.isPropertyAccessExpression(child)) { visit(child.expression, at); return; }
    if (ts.isCallExpression(child)) {
      const name = ts.isPropertyAccessExpression(child.expression) ? child.expression.name.text : '';
      visit(child.expression, at);
      for (const argument of child.arguments) visit(argument, name === 'array' ? `${at}[]` : at);
      return;
    }
    if (ts.isIdentifier(child)) {
      const known = constant(source, child.text);
      if (known?.initializer && !ts.isArrowFunction(known.initializer)) visit(known.initializer, at);
      return;
    }
    if (ts.isArrayLiteralExpression(child)) for (const element of child.elements) visit(element, at);
  };
  visit(node, path);
  return found;
}
/** The shared part a value is made of: `evidence`, `z.array(evidence)`, `code.optional()`. */
function partOf(value, source) {
  if (ts.isIdentifier(value)) return constant(source, value.text);
  if (ts.isCallExpression(value) && ts.isPropertyAccessExpression(value.expression)) {
    return value.expression.name.text === 'array' ? value.arguments[0] && partOf(value.arguments[0], source) : partOf(value.expression.expression, source);
  }
  return undefined;
}

const described = new Map();
for (const source of parsed) {
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      const table = initializer && ts.isAsExpression(initializer) ? initializer.expression : initializer;
      if (!/Events$/.test(name.text) || !table || !ts.isObjectLiteralExpression(table)) continue;
      for (const property of table.properties) {
        const fields = new Map();
        for (const argument of property.initializer.arguments) meanings(argument, source, '', fields);
        described.set(property.name.text, { ...readDoc(docOf(property)), fields });
      }
    }
  }
}

// ---- the page

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const anchor = (title) => title.toLowerCase().replace(/[^\w -]/g, '').replaceAll(' ', '-');
const AREA_CODE = 'Administrative code';
const row = ({ path, type, optional }, fields) => {
  const { words } = readDoc(fields.get(path) ?? '');
  const isArea = words.startsWith(AREA_CODE); // said once, at the top of the page
  return `| \`${path}\` | ${isArea ? 'area code' : cell(type)}${optional ? ', optional' : ''} | ${isArea ? '' : cell(words)} |`;
};
const isClockPart = ({ path }) => path.startsWith('clocks[].');

const lines = [
  '# Events', '',
  '<!-- Written by tools/write-event-catalogue.cjs from libs/events. Do not edit. -->', '',
  'What the record holds. An event type is never renamed and a version of its data never changes: an incompatible change is a new version and an upcaster, and',
  'every version that was ever written keeps its fixture. This is the stored form; `instant` is ISO 8601 in UTC with milliseconds, `date` is local (Asia/Shanghai),',
  'area codes are digits: district 6, street 9, community 12, grid 13 to 18, and a prefix covers what lies below it.', '',
  '## Envelope', '',
  'Every event carries: `id` (UUID, fixed by command and index), `type`, `version`, `stream`, `revision` (place in its stream, from 0), `position` (place in the whole store), `hash` and',
  '`previousHash` (SHA-256 over canonical JSON, RFC 8785: a chain per stream), and `metadata` with `correlationId`, `causationId`, `commandId`, `commandDigest`,',
  '`actor` (person, role, jurisdiction, unit), `occurredAt` (when it happened: every rule works on this), `recordedAt` (when it was recorded) and `trace`.', '',
  '## Streams', '', '| stream | holds | written by | events |', '|---|---|---|---|',
];
const byCategory = Object.groupBy ? Object.groupBy(Object.values(catalogue), ({ category }) => category) : Object.values(catalogue).reduce((groups, one) => ({ ...groups, [one.category]: [...(groups[one.category] ?? []), one] }), {});
const categories = Object.keys(STREAMS).filter((name) => byCategory[name]);
const forgotten = Object.keys(byCategory).filter((name) => !STREAMS[name]);
if (forgotten.length > 0) throw new Error(`describe the streams ${forgotten.join(', ')} in tools/write-event-catalogue.cjs`);
for (const name of categories) {
  const [stream, holds, writers] = STREAMS[name];
  lines.push(`| ${stream} | ${holds} | ${writers} | ${byCategory[name].map(({ type }) => `[${type}](#${anchor(type)})`).join(', ')} |`);
}
const clocks = [...new Map(Object.values(catalogue).flatMap(({ schema }) => schemaFields(schema)).filter(isClockPart).map((field) => [field.path, field])).values()];
const clockMeanings = {
  op: 'What happens to the clock', clock: 'Its id in the case: kind, subject, count', at: 'When', cause: 'The event type that causes it', kind: 'The step it limits', subject: 'Who must act: `unit:…`, `centre:…` or `worker:…`',
  limit: 'Its length by the policy pack', dueAt: 'Where it ends', warnAt: 'Where it turns yellow', warnShare: 'Share of its time left when it turns yellow', rule: 'Rule the limit comes from', ownChoice: 'The pack chose the number: the document gives none',
  provisional: 'Rests on a year whose calendar is not announced (N2)', leftMs: 'Time left, elapsed or working', usedMs: 'Time used', late: 'Stopped after its due moment', outcome: 'Done, or no longer asked for', extendedBy: 'The extension granted; absent when the calendar changed',
};
lines.push(
  '', '## Clock changes', '',
  'Every event of a case says in `clocks` what it does to the clocks of the case: they are decided when the event is, never worked out again later.', '',
  '| field | type | in | meaning |', '|---|---|---|---|',
);
const variants = ['start', 'pause', 'resume', 'stop', 'move'];
const clockSchema = require('../libs/events/src/case-events.ts').clockChange;
const inVariants = (name) => variants.filter((op) => clockSchema.options.some((option) => option.shape.op.value === op && Object.hasOwn(option.shape, name)));
for (const { path, type } of clocks) {
  const name = path.slice('clocks[].'.length);
  if (name.includes('.')) { lines.push(`| \`${name}\` | ${cell(type)} | | |`); continue; }
  lines.push(`| \`${name}\` | ${name === 'op' ? variants.join(', ') : cell(type)} | ${inVariants(name).join(', ')} | ${clockMeanings[name] ?? ''} |`);
}

const EXAMPLE_LINES_MAX = 150;
for (const name of categories) {
  lines.push('', `## Stream ${STREAMS[name][0]}`, '', `${STREAMS[name][1]} Written by ${STREAMS[name][2]}.`);
  for (const { type, version, schema } of byCategory[name]) {
    const { rules, words, fields } = described.get(type) ?? { rules: [], words: '', fields: new Map() };
    lines.push('', `### ${type}`, '', `Version ${version}${rules.length > 0 ? ` · rules ${rules.join(', ')}` : ''}${words ? `  \n${words}` : ''}`, '', '| field | type | meaning |', '|---|---|---|');
    for (const field of schemaFields(schema)) {
      if (isClockPart(field)) continue;
      const personal = personalFields[type]?.find(({ sealed }) => sealed === field.path);
      if (field.path === 'clocks') lines.push('| `clocks` | [clock changes](#clock-changes)[] | |');
      else lines.push(personal ? row(field, fields).replace(/ {2}\|$/, ` Ciphertext under the key of \`${personal.person}\` |`) : row(field, fields));
    }
    for (let v = version; v >= 1; v--) {
      const file = `fixtures/${type}.v${v}.json`;
      if (!existsSync(join(events, file))) throw new Error(`libs/events/${file} is missing`);
      const text = readFileSync(join(events, file), 'utf8').trimEnd();
      const link = `[${type}.v${v}.json](../../libs/events/${file})`;
      if (text.split('\n').length > EXAMPLE_LINES_MAX) lines.push('', `Example: ${link}`);
      else lines.push('', `<details><summary>Example, version ${v}</summary>`, '', '```json', text, '```', '', `${link}`, '</details>');
    }
  }
}
writePage(join(__dirname, '../docs/reference/events.md'), `${lines.join('\n')}\n`);
