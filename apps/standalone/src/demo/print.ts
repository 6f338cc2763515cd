/** What happened, for people: cases by state and light, three whole cases, breaches, supervision, scores, the check of the record. */
import * as labels from './labels';
import type { Played, SeenCase } from './player';
import { localOf, type Scenario } from './scenario';

type Print = (line: string) => void;

/** Chinese characters take two columns. */
const width = (text: string): number => [...text].reduce((sum, c) => sum + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(c) ? 2 : 1), 0);
const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)));

export function table(head: string[], rows: string[][]): string[] {
  const columns = head.map((title, n) => Math.max(width(title), ...rows.map((row) => width(row[n] ?? ''))));
  const line = (cells: string[]): string => `  ${cells.map((cell, n) => pad(cell, columns[n]!)).join('  ')}`.trimEnd();
  return [line(head), line(columns.map((n) => '─'.repeat(n))), ...rows.map(line)];
}
const heading = (print: Print, zh: string, en: string): void => { print(''); print(`${zh} · ${en}`); };
/** `7 h 50 min`, `−12 min`: elapsed or working time, as the clock runs. */
export function duration(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const text = minutes >= 60 ? `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}` : `${minutes} min`;
  return ms < 0 && minutes > 0 ? `−${text}` : text;
}

export function printPlayed(played: Played, scenario: Scenario, print: Print): void {
  const nameOf = (unit: string | undefined): string => (unit ? (Object.values(scenario.cast.units).find((units) => units[unit])?.[unit] ?? unit) : '');
  printTotals(played, print);
  for (const story of ['rebound-overruled', 'across-holiday', 'confirmation-refused']) {
    const found = played.cases.find(({ ref }) => ref === scenario.expected.stories[story]);
    if (found) printCase(found, nameOf, print);
  }
  printBreaches(played.cases, nameOf, print);
  printSupervision(played.cases, nameOf, print);
  printScores(played, scenario, nameOf, print);
  printQuota(played, print);
  printRecord(played, print);
}

function printTotals({ cases, reports, marks }: Played, print: Print): void {
  heading(print, '上报', 'Reports by state');
  for (const line of table(['状态 state', '件 count'], Object.entries(reports).map(([state, count]) => [labels.states[state] ?? state, String(count)]))) print(line);
  heading(print, '案件', 'Cases by state and light');
  const lights = ['green', 'yellow', 'red'];
  const rows = [...new Set(cases.map((one) => String(one.case['phase'])))].sort().map((phase) => {
    const of = cases.filter((one) => one.case['phase'] === phase);
    return [labels.states[phase] ?? phase, ...lights.map((light) => String(of.filter((one) => one.light === light).length)), String(of.length)];
  });
  for (const line of table(['状态 state', ...lights.map((light) => labels.lights[light]!), '合计 total'], rows)) print(line);
  heading(print, '灯况变化', 'Lights on the way');
  for (const line of table(['时刻 at', ...lights.map((light) => labels.lights[light]!)], marks.map(({ at, green, yellow, red }) => [at, String(green), String(yellow), String(red)]))) print(line);
}

function printCase(seen: SeenCase, nameOf: (unit?: string) => string, print: Print): void {
  const { case: found, clocks, history } = seen;
  heading(print, `案件 ${found['number']}`, `Case ${found['number']}`);
  print(`  ${found['item']?.name ?? ''}  ${found['place']?.address ?? ''}  ${nameOf(found['lead'])}  ${found['policy']?.pack} v${found['policy']?.version}`);
  print(`  “${found['description']}”`);
  for (const { occurredAt, text, type, actor } of history) if (!/^Clock(Warned)$/.test(type)) print(`  ${localOf(occurredAt)}  ${text.zh} · ${text.en}  (${actor.person})`);
  print(`  时限 · Clocks`);
  for (const { kind, subject, clock, timeline, late } of [...clocks].sort((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0))) {
    print(`    ${labels.clocks[kind] ?? kind}  ${nameOf(subject.split(':')[1]) || subject}  ${clock}${late ? '  超时 late' : ''}`);
    for (const { op, at, cause, usedMs, leftMs, dueAt } of timeline)
      print(`      ${localOf(at)}  ${pad(labels.changes[op] ?? op, 12)}  ${pad(cause ?? '', 22)}  已用 used ${pad(duration(usedMs), 12)}  剩余 left ${pad(duration(leftMs), 12)}${dueAt ? `  到期 due ${localOf(dueAt)}` : ''}`.trimEnd());
  }
}

function printBreaches(cases: SeenCase[], nameOf: (unit?: string) => string, print: Print): void {
  heading(print, '超时', 'Clock breaches');
  const rows = cases.flatMap((one) => one.history.filter(({ type }) => type === 'ClockBreached').map(({ data }) => [
    String(one.case['number']), labels.clocks[data['kind']] ?? data['kind'], nameOf(String(data['subject']).split(':')[1]), localOf(data['dueAt']), String(data['rule']),
  ]));
  for (const line of table(['案件 case', '时限 clock', '责任方 against', '到期 due', '条款 rule'], rows)) print(line);
}

function printSupervision(cases: SeenCase[], nameOf: (unit?: string) => string, print: Print): void {
  heading(print, '督办与问责', 'Supervision and accountability');
  const rows = cases.flatMap((one) => one.supervisions.map((record) => [
    String(one.case['number']), nameOf(record['unit']), labels.causes[record['cause']] ?? record['cause'], `${record['body'].zh} ${record['body'].en}`, localOf(record['openedAt']), localOf(record['dueAt']), labels.supervisions[record['state']] ?? record['state'],
  ]));
  for (const line of table(['案件 case', '单位 unit', '事由 cause', '督办机构 body', '发出 opened', '期限 term', '结果 outcome'], rows)) print(line);
}

function printScores({ scores }: Played, { cast }: Scenario, nameOf: (unit?: string) => string, print: Print): void {
  heading(print, '单位与网格员考核', 'Scores of units and workers');
  for (const [subject, card] of Object.entries(scores)) {
    const id = subject.split('/')[1]!;
    print(`  ${cast.people[id]?.name ?? nameOf(id)} (${subject})  ${card.base} → ${card.total}`);
    for (const { arithmetic, rule, article } of card.lines) print(`      ${pad(arithmetic, 14)}  ${pad(rule, 5)}  ${article.zh} · ${article.en}`);
  }
}

function printQuota({ quota }: Played, print: Print): void {
  heading(print, '周发现数预警', `Workers without a find in a week: ${quota.length}`);
  const sum = (advice: string): number => quota.filter((one) => one['advice'] === advice).length;
  print(`  预警 warned ${sum('warn')}  建议替换 advised to replace ${sum('replace')}`);
}

function printRecord({ record, commands, requests, clockMoves, milliseconds, expectations }: Played, print: Print): void {
  heading(print, '记录校验', 'Check of the record');
  print(`  ${record.ok ? '完整 whole' : '不完整 NOT whole'}: ${record.events ?? '?'} 条事件 events, ${record.streams ?? '?'} 条流 streams`);
  heading(print, '预期', 'Expectations');
  print(`  ${commands} 条命令各发两次 commands, each sent twice; ${requests} 次请求 requests; 时钟拨动 clock moves ${clockMoves}; ${(milliseconds / 1000).toFixed(1)} s`);
  for (const { name, expected, seen } of expectations.failed.slice(0, FAILURES_PRINTED_MAX)) print(`  ✗ ${name}\n      expected ${JSON.stringify(expected)}\n      seen     ${JSON.stringify(seen)}`);
  if (expectations.failed.length > FAILURES_PRINTED_MAX) print(`  … ${expectations.failed.length - FAILURES_PRINTED_MAX} more in the report`);
  print(`  ${expectations.all.length - expectations.failed.length} / ${expectations.all.length} ${expectations.held ? '全部符合 all held' : '有不符 NOT all held'}`);
}
const FAILURES_PRINTED_MAX = 40;
