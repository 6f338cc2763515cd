import type { Role } from '@gridcase/domain';
import { commandOwners, type CommandType, type Service } from '@gridcase/events';
import { EmptyBody, NoParams } from './shared.bodies';

export type Access = readonly Role[] | 'public';
export type Method = 'GET' | 'POST' | 'DELETE';
export type InputClass = new () => object;
export interface Caller { person: string; role: Role; jurisdiction: string; unit?: string }

export interface RestRoute {
  method: Method;
  /** Nest style: `/v1/cases/:caseId`. */
  path: string;
  /** This operation answers the route when the query names this parameter (another one answers it without). */
  whenQuery?: string;
  /** Media types whose text becomes `content`; the other fields then come from the query. */
  text?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Longest body of an operation that names no limit of its own, over either transport. */
export const BODY_BYTES_MAX = 1024 * 1024;

/** One entry of the table from which REST routes, gRPC methods, OpenAPI document and authorization matrix are made. */
export interface Operation {
  /** Command type, query name, or name of something the gateway does itself. */
  name: string;
  /** Command type, where it is not the name: one command may be asked for in two ways. */
  type?: CommandType;
  kind: 'command' | 'query' | 'local';
  service?: Service;
  /** gRPC service `gridcase.v1.<resource>` (its method is the operation's name) and OpenAPI tag. */
  resource: Resource;
  rest: RestRoute;
  /** Who may call it. Where and for which unit is checked by the service. */
  access: Access;
  input: InputClass;
  status: 200 | 201;
  summary: { zh: string; en: string };
  /** What a caller must know beside the summary. */
  note?: { zh: string; en: string };
  bodyBytesMax: number;
  /** Rulebook ids. */
  rules: readonly string[];
  /** A list: `{items, next}`; else one resource. */
  list: boolean;
  /** The answer changes while the resource does not (time left of a clock): its revision says nothing about it. */
  changesWithTime: boolean;
  /** Path parameters with the pattern each must match. */
  ids: readonly PathId[];
  /** Adds what a body leaves out and its path or its caller tells. */
  complete?: (input: Record<string, any>, caller: Caller | undefined) => Record<string, any>;
}
export interface PathId { name: string; pattern: RegExp; example: string; zh: string; en: string }
export const resources = ['Reports', 'Cases', 'Registry', 'Clocks', 'Assessment', 'Audit', 'Evidence', 'Simulation'] as const;
export type Resource = (typeof resources)[number];

const ID = /^[\w.:-]{1,128}$/;
const CODE = /^[\p{L}\p{N}][\p{L}\p{N}._:-]{0,63}$/u;
const AREA = /^\d{6}(\d{3}(\d{3}(\d{1,6})?)?)?$/;
const pathIds: Readonly<Record<string, Omit<PathId, 'name'>>> = {
  reportId: { pattern: ID, example: '5b0c7a52-3c1d-8a01-9f3e-0d6f0a1b2c3d', zh: '举报编号', en: 'report' },
  caseId: { pattern: ID, example: '0f8a3d5e-92b4-8c11-8e0a-7b5d4c3f2a10', zh: '案件编号', en: 'case' },
  gridCode: { pattern: AREA, example: '610524100001001', zh: '网格编码', en: 'grid code' },
  code: { pattern: AREA, example: '610524100001001', zh: '网格编码', en: 'grid code' },
  itemCode: { pattern: CODE, example: 'C-101', zh: '事项编码', en: 'item code' },
  kind: { pattern: /^(unit|worker|street)$/, example: 'unit', zh: '对象种类(unit、worker、street)', en: 'kind: unit, worker or street' },
  id: { pattern: ID, example: 'municipal-bureau', zh: '对象', en: 'subject' },
  sha256: { pattern: /^[0-9a-f]{64}$/, example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', zh: '文件的 SHA-256', en: 'SHA-256 of the file' },
};
const idsOf = (path: string): PathId[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => {
    const known = pathIds[name!];
    if (!known) throw new Error(`path parameter ${name} of ${path} is not described`);
    return { name: name!, ...known };
  });

type Rest = `${Method} /${string}`;
const routeOf = (rest: Rest, more: Partial<RestRoute> = {}): RestRoute => {
  const [method, path] = rest.split(' ') as [Method, string];
  return { method, path, ...more };
};

interface Given { access: Access; zh: string; en: string; note?: Operation['note']; rules?: readonly string[]; input?: InputClass; complete?: Operation['complete']; route?: Partial<RestRoute> }

export const command = (resource: Resource, name: CommandType, rest: Rest, given: Given & { creates?: boolean; as?: string; bodyBytesMax?: number }): Operation => ({
  name: given.as ?? name, ...(given.as !== undefined && { type: name }), kind: 'command', service: commandOwners[name], resource, rest: routeOf(rest, given.route), access: given.access, input: given.input ?? EmptyBody, status: given.creates ? 201 : 200,
  summary: { zh: given.zh, en: given.en }, ...(given.note && { note: given.note }), bodyBytesMax: given.bodyBytesMax ?? BODY_BYTES_MAX, rules: given.rules ?? [], list: false, changesWithTime: false, ids: idsOf(rest), ...(given.complete && { complete: given.complete }),
});
export const query = (resource: Resource, service: Service, name: string, rest: Rest, given: Given & { list?: boolean; changesWithTime?: boolean }): Operation => ({
  name, kind: 'query', service, resource, rest: routeOf(rest, given.route), access: given.access, input: given.input ?? NoParams, status: 200,
  summary: { zh: given.zh, en: given.en }, ...(given.note && { note: given.note }), bodyBytesMax: BODY_BYTES_MAX, rules: given.rules ?? [], list: given.list ?? false, changesWithTime: given.changesWithTime ?? false, ids: idsOf(rest), ...(given.complete && { complete: given.complete }),
});
export const local = (resource: Resource, name: string, rest: Rest, given: Given & { creates?: boolean }): Operation => ({
  name, kind: 'local', resource, rest: routeOf(rest, given.route), access: given.access, input: given.input ?? NoParams, status: given.creates ? 201 : 200,
  summary: { zh: given.zh, en: given.en }, bodyBytesMax: BODY_BYTES_MAX, rules: given.rules ?? [], list: false, changesWithTime: false, ids: idsOf(rest),
});

/** The district of a grid code, or of the caller's jurisdiction where that lies within one. */
export const districtFrom = (area: unknown): string | undefined => (typeof area === 'string' && /^\d{6}/.test(area) ? area.slice(0, 6) : undefined);
