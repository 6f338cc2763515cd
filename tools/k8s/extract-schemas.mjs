/**
 * Takes the schemas of the kinds we use out of Kubernetes' published OpenAPI document (api/openapi-spec/swagger.json of a release), and
 * of the Prometheus operator's CRDs (example/prometheus-operator-crd), into tools/k8s/schemas.json:
 *   node tools/k8s/extract-schemas.mjs 1.34.4 <swagger.json> <crd.yaml>…
 * Strict as the API server with --validate=strict: a field it does not know is an error.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';

const KINDS = [
  'v1/Namespace', 'v1/Service', 'v1/ServiceAccount', 'v1/ConfigMap', 'v1/Secret', 'v1/PersistentVolumeClaim', 'apps/v1/Deployment', 'apps/v1/StatefulSet', 'batch/v1/Job', 'batch/v1/CronJob', 'policy/v1/PodDisruptionBudget',
  'autoscaling/v2/HorizontalPodAutoscaler', 'networking.k8s.io/v1/NetworkPolicy', 'networking.k8s.io/v1/Ingress',
];
const [kubernetes, swaggerFile, ...crdFiles] = process.argv.slice(2);
const swagger = JSON.parse(readFileSync(swaggerFile, 'utf8'));

const apiVersionOf = ({ group, version }) => (group ? `${group}/${version}` : version);
const definitions = {};
const kinds = {};
for (const [name, { 'x-kubernetes-group-version-kind': of = [] }] of Object.entries(swagger.definitions)) {
  for (const gvk of of) {
    const key = `${apiVersionOf(gvk)}/${gvk.kind}`;
    if (KINDS.includes(key)) take((kinds[key] = name));
  }
}
const missing = KINDS.filter((kind) => !kinds[kind]);
if (missing.length > 0) throw new Error(`not in ${swaggerFile}: ${missing.join(', ')}`);
for (const file of crdFiles) {
  const { spec } = parse(readFileSync(file, 'utf8'));
  for (const version of spec.versions.filter(({ served }) => served)) {
    const key = `${spec.group}/${version.name}/${spec.names.kind}`;
    kinds[key] = key;
    definitions[key] = strict(version.schema.openAPIV3Schema);
    definitions[key].properties.metadata = { $ref: `#/definitions/${take('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')}` };
  }
}

function take(name) {
  if (!definitions[name]) {
    definitions[name] = {};
    definitions[name] = strict(swagger.definitions[name], name);
  }
  return name;
}

/** OpenAPI to JSON Schema, with what only the server's code knows: quantities may be numbers, and nothing unknown is allowed. */
function strict(schema, name = '') {
  if (schema.$ref) return { $ref: `#/definitions/${take(schema.$ref.replace('#/definitions/', ''))}` };
  if (name.endsWith('resource.Quantity') || schema['x-kubernetes-int-or-string'] || schema.format === 'int-or-string') return { type: ['string', 'integer', 'number'] };
  const out = {};
  for (const key of ['type', 'enum', 'required', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems']) if (schema[key] !== undefined) out[key] = schema[key];
  // Go's regular expressions know flags that JavaScript's do not.
  if (schema.pattern !== undefined && !schema.pattern.includes('(?')) out.pattern = schema.pattern;
  if (schema.items) out.items = strict(schema.items);
  if (schema.properties) {
    out.properties = Object.fromEntries(Object.entries(schema.properties).map(([key, value]) => [key, strict(value)]));
    out.additionalProperties = Boolean(schema['x-kubernetes-preserve-unknown-fields']);
  } else if (typeof schema.additionalProperties === 'object') out.additionalProperties = strict(schema.additionalProperties);
  return out;
}

writeFileSync(new URL('schemas.json', import.meta.url), `${JSON.stringify({ comment: `Extracted by extract-schemas.mjs from the OpenAPI document of Kubernetes ${kubernetes} and the CRDs of the Prometheus operator, both Apache-2.0`, kubernetes, kinds, definitions })}\n`);
process.stdout.write(`${Object.keys(kinds).length} kinds, ${Object.keys(definitions).length} definitions\n`);
