/** Stored event ↔ CloudEvents 1.0, binary mode of the Kafka binding: attributes in headers `ce_…`, the body is the data as JSON. */
import { idOf, type StoredEvent } from '../envelope';
import { publicEvents, type PublicEvent } from './public-events';

export interface PublicMessage {
  /** Messages of one key keep their order: the whole stream name. */
  key: string;
  headers: Record<string, string>;
  /** Null: it says that something stands on record, and not what. */
  body: string | null;
}

export const messageTypeOf = ({ type, version }: Pick<PublicEvent, 'type' | 'version'>): string => `gridcase.${type}.v${version}`;
const formOf: ReadonlyMap<string | undefined, PublicEvent> = new Map(Object.values(publicEvents).map((form) => [messageTypeOf(form), form]));
/** Says that everything up to `position` stands before it in its partition: for readers that put partitions in order. */
export const PROGRESS_TYPE = 'gridcase.progress.v1';
/** Something stands on record whose body this release cannot give: it is to be read there. */
export const NOTICE_TYPE = 'gridcase.notice.v1';

/** The message is of a public version that this release does not know. */
export class UnknownPublicVersion extends Error {
  constructor(readonly messageType: string) { super(`message type ${messageType} is not known to this release`); this.name = 'UnknownPublicVersion'; }
}

/** `event` in the current stored version (upcast). `epoch`: of the store it stands in. @throws for a type without public form */
export function toPublicMessage(event: StoredEvent, epoch: string): PublicMessage & { body: string } {
  const form = publicEvents[event.type];
  if (!form) throw new Error(`event type ${event.type} has no public form`);
  if (event.version !== form.stored) throw new Error(`event ${event.type} is given in version ${event.version}, its public form is made from ${form.stored}`);
  return messageOf(event, epoch, messageTypeOf(form), JSON.stringify(form.toPublic(event.data)));
}

/**
 * In place of the public form, for an event of a type or version that this release does not know. Without a body: what in it is personal
 * is known only to the release that wrote it.
 * @rule Z13 N3
 */
export function noticeMessage(event: StoredEvent, epoch: string): PublicMessage {
  const { 'content-type': _, ...headers } = headersOf(event, epoch, NOTICE_TYPE);
  return { key: event.stream, body: null, headers: { ...headers, ce_recordedtype: event.type, ce_recordedversion: String(event.version) } };
}

export const messageOf = (event: StoredEvent, epoch: string, type: string, body: string): PublicMessage & { body: string } => ({ key: event.stream, body, headers: headersOf(event, epoch, type) });

function headersOf(event: StoredEvent, epoch: string, type: string): Record<string, string> {
  const { metadata, stream } = event;
  return {
    'content-type': 'application/json',
    ce_specversion: '1.0', ce_id: event.id, ce_type: type, ce_source: `/gridcase/streams/${stream}`, ce_subject: idOf(stream), ce_time: metadata.occurredAt,
    ce_stream: stream, ce_revision: String(event.revision), ce_position: String(event.position), ce_epoch: epoch, ce_hash: event.hash, ce_previoushash: event.previousHash,
    ce_recordedat: metadata.recordedAt, ce_correlationid: metadata.correlationId, ce_causationid: metadata.causationId, ce_commandid: metadata.commandId, ce_commanddigest: metadata.commandDigest,
    ce_actor: JSON.stringify(metadata.actor),
    ...(metadata.trace !== undefined && { ce_traceparent: metadata.trace }),
  };
}

/** The same attributes in the binary mode of the HTTP binding: `ce-…`, and percent-encoded what is no visible ASCII, `"` and `%`. */
export const toHttpHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace(/^ce_/, 'ce-'), value.replace(/[^\x21-\x7e]|["%]/gu, encodeURIComponent)]));

/** Of what a service of this platform consumes: the event as it stands in the store. @throws UnknownPublicVersion */
export function fromPublicMessage(headers: Readonly<Record<string, string | undefined>>, body: string): StoredEvent {
  const form = formOf.get(headers['ce_type']);
  if (!form) throw new UnknownPublicVersion(headers['ce_type'] ?? '(none)');
  return storedOf(headers, form.type, form.stored, form.toStored(JSON.parse(body)));
}

export function storedOf(headers: Readonly<Record<string, string | undefined>>, type: string, version: number, data: object): StoredEvent {
  const text = (name: string): string => {
    const value = headers[name];
    if (value === undefined) throw new Error(`message ${headers['ce_id'] ?? '(without id)'} has no header ${name}`);
    return value;
  };
  const trace = headers['ce_traceparent'];
  return {
    id: text('ce_id'), type, version, data, stream: text('ce_stream'), revision: Number(text('ce_revision')), position: BigInt(text('ce_position')),
    hash: text('ce_hash'), previousHash: text('ce_previoushash'),
    metadata: {
      correlationId: text('ce_correlationid'), causationId: text('ce_causationid'), commandId: text('ce_commandid'), commandDigest: text('ce_commanddigest'),
      actor: JSON.parse(text('ce_actor')), occurredAt: text('ce_time'), recordedAt: text('ce_recordedat'), ...(trace !== undefined && { trace }),
    },
  };
}
