// Writes docs/reference/refusals.md from libs/domain/src/rejections and the gateway's own problems: node tools/write-refusals.cjs [--check]
require('./require-typescript.cjs');
const { readdirSync } = require('node:fs');
const { join } = require('node:path');
const writePage = require('./write-page.cjs');

const dir = join(__dirname, '../libs/domain/src/rejections');
const TITLES = { common: 'Everywhere', intake: 'Reports and patrols', case: 'Cases', registry: 'Registry', assessment: 'Assessment' };
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

const subjects = readdirSync(dir).map((file) => /^(.+)-rejections\.ts$/.exec(file)?.[1]).filter(Boolean);
const order = Object.keys(TITLES);
subjects.sort((a, b) => (order.indexOf(a) + 1 || 99) - (order.indexOf(b) + 1 || 99) || (a < b ? -1 : 1));

const lines = [
  '# Refusals', '',
  '<!-- Written by tools/write-refusals.cjs from libs/domain/src/rejections and apps/gateway/src/problems. Do not edit. -->', '',
  'A refusal is an answer: the request was understood, and a rule says no. Over REST it is `application/problem+json` with the status below; `code` is stable and',
  'never changes its meaning, `rule` is the id in the [rulebook](../rulebook.json), `detail` and `detailZh` are the texts with the words in braces filled in.',
  'Over gRPC the same document stands in the trailing metadata `gridcase-problem-bin`.', '',
];
const section = (title, texts) => {
  lines.push(`## ${title}`, '', '| code | status | rule | 中文 | English |', '|---|---|---|---|---|');
  for (const [code, { status, rule, zh, en }] of Object.entries(texts)) lines.push(`| \`${code}\` | ${status} | ${rule ?? ''} | ${cell(zh)} | ${cell(en)} |`);
  lines.push('');
};
const seen = new Map();
for (const subject of subjects) {
  const texts = Object.values(require(join(dir, `${subject}-rejections.ts`)))[0];
  for (const code of Object.keys(texts)) {
    if (seen.has(code)) throw new Error(`${code} stands in ${seen.get(code)} and in ${subject}: a code has one meaning`);
    seen.set(code, subject);
  }
  section(TITLES[subject] ?? subject, texts);
}
section('At the gateway, before any service is asked', require('../apps/gateway/src/problems/edge-problems.ts').edgeProblems);
writePage(join(__dirname, '../docs/reference/refusals.md'), `${lines.join('\n').trimEnd()}\n`);
