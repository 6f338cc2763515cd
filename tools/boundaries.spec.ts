import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/**
 * Plants one violation of every rule that keeps the parts apart into a copy of the workspace's layout, runs the real lint target there,
 * and expects each to be refused: a rule that cannot fail protects nothing.
 */
const BOUNDARY = '@nx/enforce-module-boundaries';
const SYNTAX = 'no-restricted-syntax';
const IMPORTS = 'no-restricted-imports';

/** what, file, its text, the rule that must refuse it, and how */
const PLANTED: [string, string, string, string, RegExp][] = [
  ['events → domain', 'libs/events/src/planted-lib.ts', `import '@gridcase/domain';`, BOUNDARY, /"type:events" cannot depend on any libs/],
  ['events → an npm package', 'libs/events/src/planted-npm.ts', `import 'pg';`, BOUNDARY, /"type:events" is not allowed to import "pg"/],
  ['events → I/O', 'libs/events/src/planted-io.ts', `import 'node:fs';`, IMPORTS, /pure/],
  ['domain → platform', 'libs/domain/src/planted-lib.ts', `import '@gridcase/platform';`, BOUNDARY, /"type:domain" can only depend on libs tagged with "type:events"/],
  ['domain → event store', 'libs/domain/src/planted-port.ts', `import '@gridcase/event-store';`, BOUNDARY, /"type:domain" can only depend on/],
  ['domain → Nest', 'libs/domain/src/planted-nest.ts', `import '@nestjs/common';`, BOUNDARY, /"type:domain" is not allowed to import "@nestjs\/common"/],
  ['domain → pg', 'libs/domain/src/planted-npm.ts', `import 'pg';`, BOUNDARY, /"type:domain" is not allowed to import "pg"/],
  ['domain → I/O', 'libs/domain/src/planted-io.ts', `import 'node:fs';`, IMPORTS, /pure/],
  ['domain → chance', 'libs/domain/src/planted-crypto.ts', `import { randomBytes } from 'node:crypto';\nexport const seed = randomBytes(1);`, IMPORTS, /pure/],
  ['domain → environment', 'libs/domain/src/planted-env.ts', `export const zone = process.env['TZ'];`, 'no-restricted-globals', /pure/],
  ['domain → testing, in code', 'libs/domain/src/planted-testing.ts', `import '@gridcase/testing';`, BOUNDARY, /"type:domain" can only depend on/],
  ['platform → events', 'libs/platform/src/planted-lib.ts', `import '@gridcase/events';`, BOUNDARY, /"type:platform" cannot depend on any libs/],
  ['platform → domain', 'libs/platform/src/planted-domain.ts', `import '@gridcase/domain';`, BOUNDARY, /"type:platform" cannot depend on any libs/],
  ['event store → domain', 'libs/event-store/src/planted-domain.ts', `import '@gridcase/domain';`, BOUNDARY, /"type:port" can only depend on/],
  ['event store → bus', 'libs/event-store/src/planted-bus.ts', `import '@gridcase/bus';`, BOUNDARY, /"scope:event-store" can only depend on/],
  ['bus → domain', 'libs/bus/src/planted-domain.ts', `import '@gridcase/domain';`, BOUNDARY, /"type:port" can only depend on/],
  ['bus → projections', 'libs/bus/src/planted-port.ts', `import '@gridcase/projections';`, BOUNDARY, /"scope:bus" can only depend on/],
  ['projections → domain', 'libs/projections/src/planted-domain.ts', `import '@gridcase/domain';`, BOUNDARY, /"type:port" can only depend on/],
  ['projections → app', 'libs/projections/src/planted-app.ts', `import '@gridcase-apps/intake';`, BOUNDARY, /Imports of apps are forbidden/],
  ['adapter → another adapter', 'libs/event-store/src/postgres/planted.ts', `import '../memory/planted';`, IMPORTS, /never another adapter/],
  ['adapter → domain', 'libs/event-store/src/memory/planted.ts', `import '@gridcase/domain';`, BOUNDARY, /"type:port" can only depend on/],
  ['service → app', 'libs/service/src/planted-app.ts', `import '@gridcase-apps/intake';`, BOUNDARY, /Imports of apps are forbidden/],
  ['service → testing, in code', 'libs/service/src/planted-testing.ts', `import '@gridcase/testing';`, BOUNDARY, /"type:service" can only depend on/],
  ['domain → service', 'libs/domain/src/planted-service.ts', `import '@gridcase/service';`, BOUNDARY, /"type:domain" can only depend on/],
  ['platform → service', 'libs/platform/src/planted-service.ts', `import '@gridcase/service';`, BOUNDARY, /"type:platform" cannot depend on any libs/],
  ['testing → app', 'libs/testing/src/planted-app.ts', `import '@gridcase-apps/intake';`, BOUNDARY, /Imports of apps are forbidden/],
  ['app → another app', 'apps/dispatch/src/planted-app.ts', `import '@gridcase-apps/intake';`, BOUNDARY, /Imports of apps are forbidden/],
  ['app → another app, by path', 'apps/dispatch/src/planted-path.ts', `import '../../intake/src/index';`, BOUNDARY, /relative|Imports of apps are forbidden/i],
  ['app → another app, in a test', 'apps/dispatch/src/planted-app.spec.ts', `import '@gridcase-apps/intake';`, BOUNDARY, /Imports of apps are forbidden/],
  ['app → standalone', 'apps/gateway/src/planted-standalone.ts', `import '@gridcase-apps/standalone';`, BOUNDARY, /Imports of apps are forbidden/],
  ['service kit → an app', 'libs/service/src/planted-app.ts', `import '@gridcase-apps/intake';`, BOUNDARY, /Imports of apps are forbidden|"type:service" can only depend on/],
  ['service kit → testing, in code', 'libs/service/src/planted-testing.ts', `import '@gridcase/testing';`, BOUNDARY, /"type:service" can only depend on/],
  ['app → testing, in code', 'apps/dispatch/src/planted-testing.ts', `import '@gridcase/testing';`, BOUNDARY, /"type:app" can only depend on/],
  ['standalone → testing, in code', 'apps/standalone/src/planted-testing.ts', `import '@gridcase/testing';`, BOUNDARY, /"type:standalone" can only depend on/],
  ['into a library past its index', 'apps/dispatch/src/planted-inside.ts', `import '../../../libs/domain/src/index';`, BOUNDARY, /relative/i],
  ['reading the wall clock: Date.now()', 'apps/dispatch/src/planted-now.ts', `export const at = Date.now();`, SYNTAX, /Time is an input/],
  ['reading the wall clock: new Date()', 'libs/domain/src/planted-date.ts', `export const at = new Date();`, SYNTAX, /Time is an input/],
  ['reading the wall clock, in a test', 'libs/domain/src/planted-date.spec.ts', `export const at = new Date();`, SYNTAX, /Time is an input/],
  ['Math.random()', 'libs/domain/src/planted-chance.ts', `export const dice = Math.random();`, SYNTAX, /Chance is an input/],
  ['randomUUID', 'apps/intake/src/planted-id.ts', `import { randomUUID } from 'node:crypto';\nexport const id = randomUUID();`, SYNTAX, /Ids are an input/],
  ['chance in the clock adapter', 'libs/platform/src/clock.ts', `export const dice = Math.random();`, SYNTAX, /Chance is an input/],
  ['a skipped test', 'libs/bus/src/planted-skip.spec.ts', `it.skip('later', () => undefined);`, SYNTAX, /No skipped/],
  ['a focused test', 'libs/bus/src/planted-only.spec.ts', `it.only('this', () => undefined);`, SYNTAX, /No skipped/],
  ['a focused table', 'libs/bus/src/planted-each.spec.ts', `it.only.each([1])('this', () => undefined);`, SYNTAX, /No skipped/],
  ['a skipped group', 'libs/bus/src/planted-group.spec.ts', `describe.skip('later', () => undefined);`, SYNTAX, /No skipped/],
  ['a pending test', 'libs/bus/src/planted-todo.spec.ts', `it.todo('later');`, SYNTAX, /No skipped/],
  ['xit', 'libs/bus/src/planted-xit.spec.ts', `xit('later', () => undefined);`, SYNTAX, /No skipped/],
  ['a promise nobody waits for', 'apps/intake/src/planted-promise.ts', `const file = async (): Promise<void> => undefined;\nfile();`, '@typescript-eslint/no-floating-promises', /./],
];

const ALLOWED: [string, string, string][] = [
  ['domain → events', 'libs/domain/src/allowed.ts', `import '@gridcase/events';\nimport 'zod';\nimport { createHash } from 'node:crypto';\nexport const digest = createHash('sha256');`],
  ['a test of the domain → testing', 'libs/domain/src/allowed.spec.ts', `import '@gridcase/testing';\nimport 'fast-check';\nimport 'node:fs';`],
  ['event store → events, platform, pg', 'libs/event-store/src/postgres/allowed.ts', `import '@gridcase/events';\nimport '@gridcase/platform';\nimport 'pg';\nimport '../port';`],
  ['projections → event store, bus', 'libs/projections/src/allowed.ts', `import '@gridcase/event-store';\nimport '@gridcase/bus';`],
  ['app → every library', 'apps/dispatch/src/allowed.ts', ['events', 'domain', 'platform', 'event-store', 'bus', 'projections', 'service'].map((lib) => `import '@gridcase/${lib}';`).join('\n')],
  ['standalone → apps', 'apps/standalone/src/allowed.ts', `import '@gridcase-apps/intake';\nimport '@gridcase-apps/dispatch';`],
  ['a test of platform → testing', 'libs/platform/src/allowed.spec.ts', `import '@gridcase/testing';`],
  ['chance in the id adapter', 'libs/platform/src/ids.ts', `import { randomUUID } from 'node:crypto';\nexport const id = randomUUID;`],
  ['a moment from a text', 'libs/domain/src/allowed-date.ts', `export const at = new Date('2025-10-01T00:00:00.000Z');`],
];

const root = realpathSync(join(__dirname, '..'));
interface Message { ruleId: string | null; message: string }
interface Run { exitCode: number | null; messages: Map<string, Message[]> }
let workspace: string;
let clean: Run;
let planted: Run;
let plantedThroughNx: number | null;

beforeAll(() => {
  workspace = realpathSync(mkdtempSync(join(tmpdir(), 'gridcase-boundaries-')));
  for (const file of ['nx.json', 'package.json', 'package-lock.json', 'project.json', 'eslint.config.mjs', 'tsconfig.base.json', 'tsconfig.typecheck.json']) {
    cpSync(join(root, file), join(workspace, file));
  }
  for (const dir of ['apps', 'libs'].flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))) {
    for (const file of ['project.json', 'package.json', 'tsconfig.json']) {
      if (existsSync(join(root, dir, file))) write(join(dir, file), readFileSync(join(root, dir, file), 'utf8'));
    }
    write(join(dir, 'src/index.ts'), 'export {};\n');
  }
  write('libs/event-store/src/port.ts', 'export {};\n');
  symlinkSync(join(root, 'node_modules'), join(workspace, 'node_modules'));
  for (const [, file, text] of ALLOWED) write(file, `${text}\n`);
  clean = lint('clean.json', ['node_modules/nx/dist/bin/nx.js', 'run', 'workspace:lint']);

  // eslint on the graph of an empty workspace: with other imports in it, some would only be refused as circles.
  for (const [, file] of ALLOWED) rmSync(join(workspace, file));
  spawnSync(process.execPath, ['node_modules/nx/dist/bin/nx.js', 'show', 'projects'], { cwd: workspace, env: environment() });
  for (const [, file, text] of PLANTED) write(file, `${text}\n`);
  planted = lint('planted.json', ['node_modules/eslint/bin/eslint.js', '.']);
  plantedThroughNx = lint('through-nx.json', ['node_modules/nx/dist/bin/nx.js', 'run', 'workspace:lint']).exitCode;
}, 60_000);

afterAll(() => rmSync(workspace, { recursive: true, force: true }));

it('passes a clean workspace', () => expect(clean.exitCode).toBe(0));

it.each(ALLOWED)('allows %s', (_what, file) => expect(clean.messages.get(file)).toEqual([]));

it.each(PLANTED)('refuses %s', (_what, file, _text, rule, message) => {
  expect(planted.messages.get(file)?.filter((one) => one.ruleId === rule).map((one) => one.message).join('\n')).toMatch(message);
});

it('fails the lint target', () => expect([planted.exitCode, plantedThroughNx]).toEqual([1, 1]));

it('has a planted violation for every constraint of the configuration', () => {
  const configured = [...readFileSync(join(root, 'eslint.config.mjs'), 'utf8').matchAll(/sourceTag: '([^']+)'/g)].map((match) => match[1]!);
  const tagsOf = (file: string): string[] => (JSON.parse(readFileSync(join(root, file.split('/').slice(0, 2).join('/'), 'project.json'), 'utf8')) as { tags: string[] }).tags;
  const shown = new Set(PLANTED.filter(([, , , rule]) => rule === BOUNDARY).flatMap(([, file]) => tagsOf(file)));
  expect(configured.filter((tag) => !shown.has(tag))).toEqual([]);
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(workspace, file)), { recursive: true });
  writeFileSync(join(workspace, file), text);
}

function lint(reportName: string, command: string[]): Run {
  const report = join(workspace, reportName);
  const run = spawnSync(process.execPath, [...command, '--format', 'json', '--output-file', report], { cwd: workspace, env: environment(), encoding: 'utf8' });
  if (!existsSync(report)) throw new Error(`lint did not run:\n${run.stdout}\n${run.stderr}`);
  const files = JSON.parse(readFileSync(report, 'utf8')) as { filePath: string; messages: Message[] }[];
  return { exitCode: run.status, messages: new Map(files.map((file) => [relative(workspace, file.filePath), file.messages])) };
}

function environment(): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NX_|JEST_|NODE_OPTIONS)/.test(name))), CI: 'true' };
}
