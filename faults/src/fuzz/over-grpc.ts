import { operations, type PublicApiClient } from '@gridcase-apps/gateway';
import type { Seeded } from '../seeded';
import type { Call } from './call';

/** A call as it goes over gRPC. */
export interface GrpcCall {
  resource: string;
  bytes: Buffer;
  metadata: Record<string, string>;
  /** What was done to it. */
  what: string;
  /** It can never be accepted. */
  isRefused: boolean;
}

const resources = new Map(operations.filter(({ kind }) => kind !== 'local').map(({ name, resource }) => [name, resource]));
export const goesOverGrpc = (operation: string): boolean => resources.has(operation);

/** Of the calls; the others have their bytes hurt, and some their metadata too. */
const WHOLE = 0.3;
const METADATA = 0.2;

/** The message of the same call over REST, whole or with its bytes hurt on the way, and now and then with metadata that nobody may send. */
export function overGrpc(call: Call, client: PublicApiClient, random: Seeded): GrpcCall {
  const resource = resources.get(call.operation.name)!;
  const whole = client.bytesOf(resource, call.operation.name, messageOf(call));
  const [what, bytes] = random.next() < WHOLE ? ['whole', whole] : hurt(whole, random);
  const metadata = Object.fromEntries(Object.entries(call.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const { isCommand, roles } = call.operation;
  const wrong = wrongMetadata.filter(([header, , isOfCommands]) => (isCommand || !isOfCommands) && (header !== 'authorization' || roles));
  if (wrong.length === 0 || random.next() > METADATA) return { resource, bytes, metadata, what, isRefused: false };
  const [name, values] = random.oneOf(wrong);
  return { resource, bytes, metadata: { ...metadata, [name]: random.oneOf(values) }, what: `${what}, wrong ${name}`, isRefused: true };
}

/** Ids, parameters and body are one message there. */
function messageOf({ operation, path, query, body }: Call): object {
  const given = path.split('/');
  const ids = operation.path.split('/').flatMap((part, nth) => (part.startsWith('{') ? [[part.slice(1, -1), decodeURIComponent(given[nth]!)]] : []));
  return { ...Object.fromEntries(ids), ...Object.fromEntries(query.map(([name, value]) => [name, decodeURIComponent(value)])), ...(body as object | undefined) };
}

const hurts: readonly (readonly [string, (bytes: Buffer, random: Seeded) => Buffer])[] = [
  ['a byte changed', (bytes, random) => changed(bytes, random, 1)],
  ['bytes changed', (bytes, random) => changed(bytes, random, 1 + random.below(8))],
  ['cut off', (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1))],
  ['bytes between', (bytes, random) => { const at = random.below(bytes.length + 1); return Buffer.concat([bytes.subarray(0, at), junk(random, 1 + random.below(20)), bytes.subarray(at)]); }],
  ['twice', (bytes) => Buffer.concat([bytes, bytes])],
  ['unknown fields', (bytes, random) => Buffer.concat([bytes, Buffer.from([0xf8, 0x7f, random.below(128), 0xfa, 0x7f, 3, 1, 2, 3])])],
  ['groups within groups', (bytes, random) => Buffer.concat([bytes, Buffer.alloc(1 + random.below(50_000), 0x7b)])],
  ['a length beyond all', (bytes) => Buffer.concat([bytes, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])])],
  ['text that is not UTF-8', (bytes) => Buffer.concat([bytes, Buffer.from([0x0a, 4, 0xff, 0xc3, 0x28, 0xed])])],
  ['U+0000', (bytes, random) => Buffer.concat([bytes, Buffer.from([0x0a + 8 * random.below(6), 3, 0x61, 0, 0x62])])],
  ['nothing', () => Buffer.alloc(0)],
  ['anything', (_, random) => junk(random, random.below(200))],
];
function hurt(bytes: Buffer, random: Seeded): [string, Buffer] {
  const [name, how] = random.oneOf(hurts);
  return [name, how(bytes, random)];
}
function changed(bytes: Buffer, random: Seeded, count: number): Buffer {
  const other = Buffer.from(bytes);
  for (let nth = 0; nth < count && other.length > 0; nth++) other[random.below(other.length)] = random.below(256);
  return other;
}
const junk = (random: Seeded, length: number): Buffer => Buffer.from(Array.from({ length }, () => random.below(256)));

const wrongMetadata: readonly (readonly [name: string, values: readonly string[], isOfCommands: boolean])[] = [
  ['authorization', ['Bearer', 'Bearer a.b.c', 'Basic eDp5', 'Bearer null', `Bearer ${'x'.repeat(2_000)}`], false],
  ['idempotency-key', ['a b', 'x'.repeat(129)], true],
  ['if-match', ['3', '"-1"', '"1", "2"', '"x"', 'W/', '""'], true],
];
