import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { parseAllDocuments } from 'yaml';

export const root = join(__dirname, '../..');
export type Manifest = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string; labels?: Record<string, string> }; [field: string]: any };

const KUSTOMIZE = 'v5.7.1';
const GET_TIMEOUT_MS = 300_000;
const runs = (program: string, args: readonly string[]): boolean => spawnSync(program, [...args, '--help'], { stdio: 'ignore' }).status === 0;

/** The command that builds an overlay on this machine: kustomize or kubectl where they are installed, else kustomize as Go gets it (once, kept in node_modules/.cache); undefined when there is none of them. */
export const kustomize = ((): string[] | undefined => {
  const installed = [['kustomize', 'build'], ['kubectl', 'kustomize']].find(([program, ...args]) => runs(program!, args));
  if (installed) return installed;
  const folder = join(root, 'node_modules/.cache/gridcase-kustomize', KUSTOMIZE);
  const own = join(folder, 'kustomize');
  if (!existsSync(own)) spawnSync('go', ['install', `sigs.k8s.io/kustomize/kustomize/v5@${KUSTOMIZE}`], { env: { ...process.env, GOBIN: folder, GOFLAGS: '' }, stdio: 'ignore', timeout: GET_TIMEOUT_MS });
  return runs(own, ['build']) ? [own, 'build'] : undefined;
})();

export function build(folder: string): Manifest[] {
  const [program, ...args] = kustomize!;
  const { status, stdout, stderr } = spawnSync(program!, [...args, folder], { encoding: 'utf8', cwd: root, maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${folder}: ${stderr}`);
  return documents(stdout);
}

/** An overlay with components that it does not name itself. */
export function buildWith(overlay: string, components: readonly string[]): Manifest[] {
  const folder = mkdtempSync(join(root, 'k8s/.test-'));
  try {
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify({ resources: [relative(folder, join(root, overlay))], components: components.map((one) => relative(folder, join(root, one))), namespace: 'gridcase' }));
    return build(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const documents = (text: string): Manifest[] => parseAllDocuments(text).map((document) => {
  if (document.errors[0]) throw document.errors[0];
  return document.toJS() as Manifest;
}).filter(Boolean);

/** What stands in the files before kustomize changes it: resources, not patches. */
export function unbuilt(folder = 'k8s'): Manifest[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(join(root, path)).isDirectory()) return name === 'patches' ? [] : unbuilt(path);
    return name.endsWith('.yaml') ? documents(readFileSync(join(root, path), 'utf8')).filter(({ apiVersion, kind }) => apiVersion && !apiVersion.startsWith('kustomize') && kind) : [];
  });
}

const { kinds, definitions, kubernetes } = JSON.parse(readFileSync(join(__dirname, 'schemas.json'), 'utf8')) as { kinds: Record<string, string>; definitions: object; kubernetes: string };
export const schemaRelease = kubernetes;
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema({ $id: 'kubernetes', definitions });
const validators = new Map<string, ValidateFunction>();

/** Against the schemas Kubernetes publishes; a field they do not know is a problem. */
export function schemaProblems(manifest: Manifest): string[] {
  const key = `${manifest.apiVersion}/${manifest.kind}`;
  const name = kinds[key];
  const title = `${manifest.kind} ${manifest.metadata?.name}`;
  if (!name) return [`${title}: no schema of ${key}: add it with extract-schemas.mjs`];
  let validate = validators.get(key);
  if (!validate) validators.set(key, (validate = ajv.compile({ $ref: `kubernetes#/definitions/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` })));
  validate(manifest);
  return (validate.errors ?? []).map(({ instancePath, message, params }) => `${title}: ${instancePath} ${message} ${JSON.stringify(params)}`);
}

/** The pod template of whatever makes pods. */
export const podTemplate = ({ kind, spec }: Manifest): Manifest | undefined => (kind === 'CronJob' ? spec.jobTemplate.spec.template : ['Deployment', 'StatefulSet', 'Job'].includes(kind) ? spec.template : undefined);
export const containersOf = (template: Manifest): any[] => [...(template['spec'].initContainers ?? []), ...template['spec'].containers];

/** What of https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted a pod breaks, and of our own rules on top of it. */
export function restrictedProblems(template: Manifest): string[] {
  const pod = template['spec'];
  const problems: string[] = [];
  const demand = (held: unknown, what: string) => { if (!held) problems.push(what); };
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) demand(!pod[field], `${field} is set`);
  for (const volume of pod.volumes ?? []) demand(Object.keys(volume).every((key) => ['name', 'configMap', 'secret', 'emptyDir', 'persistentVolumeClaim', 'projected', 'downwardAPI', 'csi', 'ephemeral'].includes(key)), `volume ${volume.name} is of a kind that is not allowed`);
  demand(pod.automountServiceAccountToken === false, 'a service account token is mounted');
  demand(pod.enableServiceLinks === false, 'Service links are on');
  for (const container of containersOf(template)) {
    const own = container.securityContext ?? {};
    const either = (field: string) => own[field] ?? pod.securityContext?.[field];
    const at = `container ${container.name}`;
    demand(either('runAsNonRoot') === true, `${at}: runAsNonRoot`);
    demand(Number.isInteger(either('runAsUser')) && either('runAsUser') > 0, `${at}: a numeric user that is not 0`);
    demand(either('seccompProfile')?.type === 'RuntimeDefault', `${at}: seccompProfile RuntimeDefault`);
    demand(own.allowPrivilegeEscalation === false, `${at}: allowPrivilegeEscalation`);
    demand(own.capabilities?.drop?.includes('ALL') && !own.capabilities.add, `${at}: capabilities`);
    demand(own.readOnlyRootFilesystem === true, `${at}: readOnlyRootFilesystem`);
    demand(!own.privileged && !(container.ports ?? []).some((port: { hostPort?: number }) => port.hostPort), `${at}: privileged or a host port`);
    demand(container.resources?.requests?.cpu && container.resources.requests.memory && container.resources.limits?.memory, `${at}: resources`);
  }
  return problems;
}

export const exists = (path: string): boolean => existsSync(join(root, path));
