/** An instant, ISO 8601 in UTC with milliseconds: `2025-09-29T01:30:00.000Z`. */
export type Instant = string;

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject { [key: string]: JsonValue | undefined }

/** Who acted. `jurisdiction` is the administrative code (a prefix covers all below it). */
export interface Actor {
  person: string;
  role: string;
  jurisdiction: string;
  unit?: string;
}

export interface EventMetadata {
  /** One id for everything that follows from one outside request. */
  correlationId: string;
  /** The command or event that caused this event. */
  causationId: string;
  /** The command that decided this event; a repeated command is recognised by it (one stream, for ever). */
  commandId: string;
  /** SHA-256 of the command's canonical body: the same id with another body is a caller's mistake. */
  commandDigest: string;
  actor: Actor;
  /** When it happened. Every rule works on this. */
  occurredAt: Instant;
  /** When it was recorded. */
  recordedAt: Instant;
  /** W3C traceparent: of the append where it was recorded, else as the request carried it. */
  trace?: string;
}

/** An event as a decider gives it: no id, no times. */
export interface DomainEvent<Type extends string = string, Data extends object = object> {
  type: Type;
  data: Data;
}

/** An event ready to be appended. */
export interface NewEvent {
  /** UUID, fixed by command id and index, so that a retry carries the same one. */
  id: string;
  type: string;
  /** Schema version of `data`. */
  version: number;
  data: object;
  metadata: EventMetadata;
}

/** An event as the store gives it back. */
export interface StoredEvent<Type extends string = string, Data = any> extends Omit<NewEvent, 'type' | 'data'> {
  type: Type;
  data: Data;
  stream: string;
  /** Place in its stream, from 0. */
  revision: number;
  /** Place in the whole store: increasing, not dense, comparable within one store only. */
  position: bigint;
  /** SHA-256 (hex) of this event and of its predecessor in the stream; the chain an auditor checks. */
  hash: string;
  previousHash: string;
}

/** `case-7f…` → `case`. A category never contains a dash. */
export const categoryOf = (stream: string): string => {
  const dash = stream.indexOf('-');
  return dash < 0 ? stream : stream.slice(0, dash);
};
/** `case-7f…` → `7f…`. */
export const idOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
