import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = join(__dirname, '..');
const LEFT_OUT = new Set(['node_modules', 'dist', '.git', '.nx', '.data', 'coverage']);
const pagesIn = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (LEFT_OUT.has(entry.name)) return [];
    const path = join(dir, entry.name);
    return entry.isDirectory() ? pagesIn(path) : entry.name.endsWith('.md') ? [path] : [];
  });

/** Headings as GitHub makes anchors of them; a second one of the same name gets `-1`. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of withoutCode(text, false).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const base = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    let anchor = base;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${base}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}
const withoutCode = (text: string, inline = true): string => {
  const plain = text.replace(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, '');
  return inline ? plain.replace(/`[^`\n]*`/g, '') : plain;
};

function brokenLinks(page: string, text = readFileSync(page, 'utf8')): string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g), ...withoutCode(text).matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)].map((match) => match[1]!);
  return targets.filter((target) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return false;
    const [path, anchor] = target.split('#', 2) as [string, string | undefined];
    const file = path ? resolve(dirname(page), decodeURIComponent(path)) : page;
    if (file !== page && !existsSync(file)) return true;
    return anchor !== undefined && file.endsWith('.md') && (file === page || statSync(file).isFile()) && !anchorsOf(file === page ? text : readFileSync(file, 'utf8')).has(anchor);
  });
}

const pages = pagesIn(root);

it.each(pages.map((page) => relative(root, page)))('%s: every relative link and anchor leads somewhere', (page) => {
  expect(brokenLinks(join(root, page))).toEqual([]);
});

it('notices a missing file and a missing anchor', () => {
  const text = '# Here\n\n[a](#here) [b](#there) [c](README.md) [d](nowhere.md) [e](README.md#no-such-heading) [f](https://example.org/x.md) `[g](gone.md)`\n\n[h]: lost.md\n';
  expect(brokenLinks(join(root, 'PAGE.md'), text)).toEqual(['#there', 'nowhere.md', 'README.md#no-such-heading', 'lost.md']);
});

/** Commands a reader is told to type: `npm run x` must exist. */
it.each(pages.map((page) => relative(root, page)))('%s: every npm script it names exists', (page) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const named = [...readFileSync(join(root, page), 'utf8').matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)].map((match) => match[1]!);
  expect(named.filter((name) => !scripts[name])).toEqual([]);
});

/** Which section of the page on configuration is about which schema of the code. */
it.each([
  ['Standalone', 'apps/standalone/src/standalone-config.ts', 'schema'],
  ['Traces', 'libs/platform/src/tracing/tracing-config.ts', 'tracingVariables'],
  ['Web hook notices', 'libs/service/src/process/process-config.ts', 'webhookVariables'],
  ['Cluster: every process', 'libs/service/src/process/process-config.ts', 'processVariables'],
  ['Cluster: clock', 'libs/service/src/process/process-config.ts', 'clockVariables'],
  ['Cluster: record, bus, database', 'libs/service/src/process/process-config.ts', 'recordVariables'],
  ['Cluster: a service', 'libs/service/src/process/process-config.ts', 'serviceVariables'],
  ['Cluster: relay', 'apps/relay/src/relay-config.ts', 'relayVariables'],
  ['Cluster: gateway', 'apps/gateway/src/gateway-config.ts', 'gatewayVariables'],
  ['Cluster: the command line', 'apps/standalone/src/cli-tools.ts', 'clusterSchema'],
  ['npm run cluster', 'apps/standalone/src/cluster/cluster-config.ts', 'clusterVariables'],
])('configuration, %s: names every variable of the code, and no other', (section, file, name) => {
  const source = readFileSync(join(root, file), 'utf8');
  const begin = source.indexOf(`const ${name} = `);
  const variables = [...source.slice(begin, source.indexOf('\n}', begin)).matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map((match) => match[1]!);
  const page = readFileSync(join(root, 'docs/reference/configuration.md'), 'utf8');
  const text = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  const described = [...text.matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm)].map((match) => match[1]!);
  expect(variables.length).toBeGreaterThan(0);
  expect(described).toEqual(variables);
});
