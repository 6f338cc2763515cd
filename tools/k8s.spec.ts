/** What is deployed, checked without a cluster: the built overlays, the compose file, the alerts and the board. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { itWith, promtool, whyNoPromtool } from '@gridcase/testing';
import { parse } from 'yaml';
import { build, buildWith, containersOf, exists, kustomize, podTemplate, restrictedProblems, root, schemaProblems, schemaRelease, unbuilt, type Manifest } from './k8s/manifests';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const apps = readdirSync(join(root, 'apps')).filter((name) => name !== 'standalone' && exists(`apps/${name}/src/main.ts`));
const IMAGE = /^(registry\.example\.org\/)?gridcase(:[\w.-]+)?$/;
const whyNoCompose = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0 ? undefined : 'no docker compose on this machine, it is read as YAML only';
const ofThird = new Set(['postgres', 'kafka']);

const overlays = { base: 'k8s/base', 'single-node': 'k8s/overlays/single-node', 'single-node-external-stores': 'k8s/overlays/single-node-external-stores', production: 'k8s/overlays/production' };
const built: Record<string, Manifest[]> = {};
if (kustomize) {
  for (const [name, folder] of Object.entries(overlays)) built[name] = build(folder);
  built['production, monitored'] = buildWith('k8s/overlays/production', ['k8s/components/monitoring']);
  built['production, traced'] = buildWith('k8s/overlays/production', ['k8s/components/tracing']);
} else {
  say('k8s: neither kustomize, kubectl nor Go on this machine; the files are checked as they stand, the built overlays are not');
  built['files as they stand'] = unbuilt();
}
const of = (manifests: Manifest[], kind: string): Manifest[] => manifests.filter((one) => one.kind === kind);
const each = Object.entries(built);

it.each(each)('%s: every manifest follows the schemas that Kubernetes publishes', (_, manifests) => {
  expect(manifests.length).toBeGreaterThan(20);
  expect(manifests.flatMap(schemaProblems)).toEqual([]);
});

it(`the schemas (Kubernetes ${schemaRelease}) notice an unknown field, a wrong type and a missing field`, () => {
  const service: Manifest = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { ports: [{ port: 80 }] } };
  expect(schemaProblems(service)).toEqual([]);
  expect(schemaProblems({ ...service, spec: { prots: [] } })).toHaveLength(1);
  expect(schemaProblems({ ...service, spec: { ports: [{ port: '80' }] } })).toHaveLength(1);
  expect(schemaProblems({ ...service, spec: { ports: [{ name: 'http' }] } })).toHaveLength(1);
  expect(schemaProblems({ ...service, kind: 'Servise' })).toHaveLength(1);
});

if (kustomize) describe.each(each)('%s', (name, manifests) => {
  const makers = manifests.filter(podTemplate);
  const templates = makers.map((maker): [string, Manifest] => [maker.metadata.name, podTemplate(maker)!]);

  it('every pod keeps the restricted Pod Security Standard, reads its root only, and has resources', () => {
    expect(templates.flatMap(([maker, template]) => restrictedProblems(template).map((problem) => `${maker}: ${problem}`))).toEqual([]);
    expect(of(manifests, 'Namespace')[0]!.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  });

  it('every process that goes on has its probes, and time to stop', () => {
    const settings = of(manifests, 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('gridcase-config'))!['data'] as Record<string, string>;
    for (const maker of makers.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')) {
      const template = podTemplate(maker)!;
      for (const container of containersOf(template)) expect([maker.metadata.name, Object.keys(container)]).toEqual([maker.metadata.name, expect.arrayContaining(['startupProbe', 'livenessProbe', 'readinessProbe'])]);
      expect(template['spec'].terminationGracePeriodSeconds * 1_000).toBeGreaterThan(Number(settings['GRIDCASE_STOP_TIMEOUT_MS']));
      expect(template['spec'].topologySpreadConstraints ?? ofThird.has(maker.metadata.name)).toBeTruthy();
    }
  });

  it('one image, and every app of ours once', () => {
    for (const [maker, template] of templates) for (const { image } of containersOf(template)) if (!ofThird.has(maker)) expect([maker, image]).toEqual([maker, expect.stringMatching(IMAGE)]);
    expect(of(manifests, 'Deployment').map(({ metadata }) => metadata.name).sort()).toEqual([...apps].sort());
    for (const deployment of of(manifests, 'Deployment')) expect(containersOf(podTemplate(deployment)!)[0].args).toEqual([deployment.metadata.name]);
  });

  it('Services, budgets, scalers and policies find what they name', () => {
    const labelled = (selector: Record<string, string> = {}) => templates.filter(([, { metadata }]) => Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value));
    for (const { kind, metadata, spec } of manifests.filter((one) => one.kind === 'Service' || one.kind === 'PodDisruptionBudget')) expect([kind, metadata.name, labelled(kind === 'Service' ? spec.selector : spec.selector.matchLabels).map(([maker]) => maker)]).toEqual([kind, metadata.name, [metadata.name]]);
    expect(of(manifests, 'PodDisruptionBudget').map(({ metadata }) => metadata.name).sort()).toEqual([...apps].sort());
    for (const { spec } of of(manifests, 'HorizontalPodAutoscaler')) expect(of(manifests, 'Deployment').map(({ metadata }) => metadata.name)).toContain(spec.scaleTargetRef.name);
    const policies = of(manifests, 'NetworkPolicy');
    expect(policies.find(({ metadata }) => metadata.name === 'default-deny')!['spec']).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    for (const { metadata, spec } of policies) expect([metadata.name, labelled(spec.podSelector.matchLabels).length]).not.toEqual([metadata.name, 0]);
    for (const { metadata } of manifests) if (!['Namespace'].includes(metadata.name)) expect([metadata.name, metadata.namespace ?? metadata.name]).toEqual([metadata.name, 'gridcase']);
  });

  it('passwords come from Secrets, which only the single node makes itself', () => {
    const secrets = of(manifests, 'Secret').map(({ metadata }) => metadata.name);
    if (name === 'single-node') expect(secrets).toHaveLength(4);
    else expect(secrets).toEqual([]);
    const withoutSecrets = manifests.filter(({ kind }) => kind !== 'Secret');
    expect(JSON.stringify(withoutSecrets)).not.toMatch(/:\/\/[^/"\s]+:[^/"\s]+@|BEGIN [A-Z ]*PRIVATE KEY/);
    for (const [maker, template] of templates) for (const { env = [] } of containersOf(template)) for (const variable of env) if (/PASSWORD|DATABASE_URL|TOKEN$|SECRET/.test(variable.name)) expect([maker, variable]).toEqual([maker, { name: variable.name, valueFrom: { secretKeyRef: expect.anything() } }]);
  });

  it('sets no variable that nothing reads', () => {
    const known = variablesRead();
    const given = [...of(manifests, 'ConfigMap').filter(({ metadata }) => metadata.name.startsWith('gridcase-config')).flatMap(({ data }) => Object.keys(data)), ...templates.filter(([maker]) => !ofThird.has(maker)).flatMap(([, template]) => containersOf(template).flatMap(({ env = [] }) => env.map((variable: { name: string }) => variable.name)))];
    expect([...new Set(given)].filter((variable) => !known.has(variable))).toEqual([]);
  });
});

it('a pod that breaks the standard is noticed, each rule by itself', () => {
  const good = (): Manifest => ({
    apiVersion: '', kind: '', metadata: { name: '' },
    spec: {
      automountServiceAccountToken: false, enableServiceLinks: false, securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'c', resources: { requests: { cpu: '1', memory: '1Mi' }, limits: { memory: '1Mi' } }, securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } } }],
    },
  });
  expect(restrictedProblems(good())).toEqual([]);
  const spoilt: ((pod: Manifest['spec']) => void)[] = [
    (pod) => { pod.hostNetwork = true; }, (pod) => { pod.volumes = [{ name: 'v', hostPath: { path: '/' } }]; }, (pod) => { delete pod.automountServiceAccountToken; }, (pod) => { pod.securityContext.runAsUser = 0; },
    (pod) => { pod.securityContext.runAsNonRoot = false; }, (pod) => { delete pod.securityContext.seccompProfile; }, (pod) => { pod.containers[0].securityContext.allowPrivilegeEscalation = true; },
    (pod) => { pod.containers[0].securityContext.capabilities = {}; }, (pod) => { pod.containers[0].securityContext.readOnlyRootFilesystem = false; }, (pod) => { delete pod.containers[0].resources; },
  ];
  for (const spoil of spoilt) {
    const pod = good();
    spoil(pod['spec']);
    expect(restrictedProblems(pod)).toHaveLength(1);
  }
});

/** Names of environment variables in the configuration schemas of the processes. */
function variablesRead(): Set<string> {
  const files = ['libs/service/src/process/process-config.ts', 'apps/standalone/src/cli-tools.ts', 'apps/gateway/src/gateway-config.ts', 'apps/relay/src/relay-config.ts', 'libs/platform/src/tracing/tracing-config.ts'];
  return new Set(files.flatMap((file) => [...read(file).matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map((match) => match[1]!)));
}

interface ComposeService { image: string; environment?: Record<string, string>; read_only?: boolean; healthcheck?: object; command?: string[]; depends_on?: Record<string, { condition: string }>; cap_drop?: string[] }
describe('docker-compose.yml', () => {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, ComposeService> };

  it('starts every app from the one image, hardened, healthy before what depends on it', () => {
    expect(Object.keys(services).filter((name) => apps.includes(name)).sort()).toEqual([...apps].sort());
    for (const name of apps) {
      const { image, command, read_only, cap_drop, healthcheck, depends_on } = services[name]!;
      expect([name, image, command, read_only, cap_drop]).toEqual([name, '${GRIDCASE_IMAGE:-gridcase}', [name], true, ['ALL']]);
      expect([name, healthcheck !== undefined, Object.values(depends_on!).every(({ condition }) => condition === 'service_healthy')]).toEqual([name, true, true]);
    }
  });

  it('sets no variable that nothing reads', () => {
    const known = variablesRead();
    expect(apps.flatMap((name) => Object.keys(services[name]!.environment!)).filter((variable) => !known.has(variable))).toEqual([]);
  });

  it('creates a database for every DATABASE_URL', () => {
    const names = /for name in ([a-z_ ]+);/.exec(read('k8s/components/postgres/create-databases.sh'))![1]!.split(' ');
    const used = [...`${read('docker-compose.yml')}${read('docker/record-in-postgres.yml')}${read('k8s/overlays/single-node/kustomization.yaml')}`.matchAll(/postgres:\/\/(\w+):[^@]+@postgres:5432\/(\w+)/g)];
    expect(used.length).toBeGreaterThanOrEqual(16);
    for (const [, role, database] of used) expect([names.includes(database!), role]).toEqual([true, database]);
    expect(new Set(used.map(([, , database]) => database))).toEqual(new Set(names));
  });

  itWith(whyNoCompose, 'docker-compose.yml is a compose file to docker compose', () => {
    for (const files of [['docker-compose.yml'], ['docker-compose.yml', 'docker/record-in-postgres.yml']]) {
      const { status, stderr } = spawnSync('docker', ['compose', ...files.flatMap((file) => ['-f', file]), '--profile', '*', 'config', '--quiet'], { cwd: root, encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
    }
  });
});

describe('metrics', () => {
  const rules = parse(read('docker/prometheus/gridcase.rules.yml')) as { groups: { rules: { alert: string; expr: string }[] }[] };
  const board = JSON.parse(read('docker/grafana/dashboards/gridcase.json')) as { panels: { title: string; targets: { expr: string }[] }[] };

  it('the operator gets the same alerts as any other Prometheus', () => {
    expect((parse(read('k8s/components/monitoring/prometheus-rule.yaml')) as Manifest)['spec']).toEqual(rules);
  });

  const sources = spawnSync('git', ['ls-files', '-co', '--exclude-standard', 'apps/*.ts', 'libs/*.ts'], { cwd: root, encoding: 'utf8' }).stdout.trim().split('\n').filter((file) => file.includes('/src/') && !file.endsWith('.spec.ts') && !file.endsWith('.d.ts') && exists(file)).map(read).join('\n');
  const made = [...sources.matchAll(/\b(counter|gauge|histogram)(?:<[^>]*>)?\(\s*(['`])(\w+)\2,\s*(['`]).*?\4(?:,\s*\[([^\]]*)\])?/g)].map(([, type, , name, , labels = '']) => ({ type: type!, name: `gridcase_${name}`, labels: labels.match(/\w+/g)?.sort() ?? [] }));
  const page = read('docs/reference/metrics.md');

  it('alerts and board name only figures that the code keeps', () => {
    const kept = new Set(made.map(({ name }) => name));
    expect(kept.size).toBeGreaterThan(8);
    const named = [...rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr)), ...board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))].flatMap((expr) => expr.match(/gridcase_\w+/g) ?? []);
    expect([...new Set(named)].filter((name) => !kept.has(name.replace(/_(bucket|count|sum)$/, '')) && !kept.has(name))).toEqual([]);
  });

  it('docs/reference/metrics.md describes every figure the code keeps and every alert, and no other', () => {
    const described = [...page.matchAll(/^\| `(gridcase_\w+)` \| (\w+) \| ([^|]*)\|/gm)].map(([, name, type, labels]) => ({ type: type!, name: name!, labels: labels!.match(/\w+/g)?.sort() ?? [] }));
    const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);
    expect(described.sort(byName)).toEqual([...new Map(made.map((figure) => [figure.name, figure])).values()].sort(byName));
    expect([...page.matchAll(/^\| `(Gridcase\w+)` \|/gm)].map(([, alert]) => alert).sort()).toEqual(rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert)).sort());
  });

  const check = (...args: string[]) => spawnSync(promtool()!, args, { cwd: root, encoding: 'utf8' });

  itWith(whyNoPromtool(), 'promtool accepts the alerts', () => {
    const { status, stdout, stderr } = check('check', 'config', 'docker/prometheus/prometheus.yml');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
  });

  itWith(whyNoPromtool(), 'each alert fires when it should and not before: docker/prometheus/gridcase.rules.test.yml', () => {
    const { status, stdout, stderr } = check('test', 'rules', 'docker/prometheus/gridcase.rules.test.yml');
    expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('SUCCESS'), '']);
  });
});
