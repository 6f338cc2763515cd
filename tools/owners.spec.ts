import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { commandOwners, type CommandType } from '@gridcase/events';

/** Each command type is handled in the app of the service that owns it, once, and nowhere else (DESIGN: services own verbs). */
const apps = join(__dirname, '../apps');

/** Decided as a part of another command of the same service (filing a report files its case): no call of their own. */
const inside: readonly CommandType[] = ['FileCase', 'JoinReportToCase'];

const sources = readdirSync(apps, { recursive: true, encoding: 'utf8' })
  .filter((file) => /^[\w-]+[\\/]src[\\/].+\.ts$/.test(file) && !/\.(int\.|prop\.|e2e\.)?spec\.ts$/.test(file))
  .map((file) => ({ app: file.split(sep)[0]!, file, text: readFileSync(join(apps, file), 'utf8') }));

/** `@HandlesCommand('X')` and the names in `const plainCommands = ['X', …]`. */
function handledIn(text: string): string[] {
  const decorated = [...text.matchAll(/@?HandlesCommand\('(\w+)'\)/g)].map((match) => match[1]!);
  const listed = [...text.matchAll(/\bplainCommands\b[^=]*=\s*\[([^\]]*)\]/g)].flatMap((match) => [...match[1]!.matchAll(/'(\w+)'/g)].map((name) => name[1]!));
  return [...decorated, ...listed];
}

const handlers = sources.flatMap(({ app, file, text }) => handledIn(text).map((type) => ({ type, app, file })));
const decidedInside = (type: string) => new Set(sources.filter(({ app, text }) => app !== 'gateway' && app !== 'standalone' && text.includes(`'${type}'`)).map(({ app }) => app));

it('reads both ways in which an app says that it handles a command', () => {
  expect(handledIn(`@HandlesCommand('PhoneUnit')\n@Injectable()\nconst plainCommands = [\n  'CloseCase', 'HandUpCase',\n] as const;\nconst other = ['SampleCase'];`)).toEqual(['PhoneUnit', 'CloseCase', 'HandUpCase']);
});

it.each(Object.entries(commandOwners).filter(([type]) => !inside.includes(type as CommandType)))('%s is handled once, by %s', (type, owner) => {
  expect(handlers.filter((handler) => handler.type === type).map(({ app }) => app)).toEqual([owner]);
});

it.each(inside.map((type) => [type, commandOwners[type]]))('%s is decided within %s alone', (type, owner) => {
  expect([...decidedInside(type)]).toEqual([owner]);
  expect(handlers.filter((handler) => handler.type === type)).toEqual([]);
});

it('no app handles a command that has no owner', () => {
  expect(handlers.filter(({ type }) => !Object.hasOwn(commandOwners, type))).toEqual([]);
});
