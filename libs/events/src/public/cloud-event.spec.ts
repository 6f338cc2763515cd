import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { catalogue, publicEvents, publicFormOf, publicTopics, topicOf, define, fromPublicMessage, messageTypeOf, NOTICE_TYPE, noticeMessage, toHttpHeaders, toPublicMessage, UnknownPublicVersion, type StoredEvent } from '..';
import { z } from 'zod';

const fixtures = join(__dirname, '../../fixtures');
const schemas = join(__dirname, '../../../../docs/reference/schemas');
const stored = (type: string): StoredEvent => ({
  id: '0d6a8c7e-4a5b-8c1d-9e2f-30415263748f', type, version: catalogue[type]!.version, data: JSON.parse(readFileSync(join(fixtures, `${type}.v${catalogue[type]!.version}.json`), 'utf8')),
  stream: `${catalogue[type]!.category}-610524`, revision: 7, position: 9_007_199_254_740_993n, hash: 'a'.repeat(64), previousHash: 'b'.repeat(64),
  metadata: { correlationId: 'c-1', causationId: 'c-2', commandId: 'c-3', commandDigest: 'd', actor: { person: '王五', role: 'centre-operator', jurisdiction: '610524', unit: 'u' }, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:01.000Z', trace: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
});
const ajv = new Ajv({ strict: false, formats: { 'date-time': true, date: true, uuid: true } });

// Both sides are tested with the same fixtures: what the relay writes is what a consumer reads and what the schema promises.
describe.each(Object.keys(catalogue))('%s', (type) => {
  const event = stored(type);
  const message = toPublicMessage(event, 'epoch-1');

  it('comes back as it stands in the store', () => {
    expect(fromPublicMessage(message.headers, message.body)).toEqual(event);
    const { trace: _, ...metadata } = event.metadata;
    const untraced = toPublicMessage({ ...event, metadata }, 'epoch-1');
    expect(fromPublicMessage(untraced.headers, untraced.body)).toEqual({ ...event, metadata });
  });
  it('fits its published schema, and the schema refuses something else', () => {
    const form = publicEvents[type]!;
    const valid = ajv.compile(JSON.parse(readFileSync(join(schemas, `${type}.v${form.version}.json`), 'utf8')));
    expect([valid(JSON.parse(message.body)), valid.errors]).toEqual([true, null]);
    expect(valid({})).toBe(false);
  });
  it('is a CloudEvent in binary mode with the stream as key', () => {
    expect(message.key).toBe(event.stream);
    expect(message.headers).toMatchObject({ ce_specversion: '1.0', ce_id: event.id, ce_type: messageTypeOf(publicEvents[type]!), ce_source: `/gridcase/streams/${event.stream}`, ce_time: event.metadata.occurredAt, 'content-type': 'application/json' });
    // CloudEvents: names of attributes are lower-case letters and digits.
    for (const name of Object.keys(message.headers)) expect(name).toMatch(/^(content-type|ce_[a-z0-9]+)$/);
    expect(topicOf(catalogue[type]!.category)).toBeDefined();
  });
});

it('every category stands in exactly one topic', () => {
  const categories = publicTopics.flatMap((topic) => topic.categories);
  expect(new Set(categories).size).toBe(categories.length);
  expect(new Set(Object.values(catalogue).map(({ category }) => category))).toEqual(new Set(categories));
});

it('a stored event in a new version needs a decision on its public form', () => {
  const renewed = define('case', 'CaseClosed', z.object({ text: z.string() }), 2);
  expect(() => publicFormOf(renewed)).toThrow('say in OWN_FORM what its public form is');
  const own = { version: 1, stored: 2, schema: z.object({ summary: z.string() }), toPublic: ({ text }: { text: string }) => ({ summary: text }), toStored: ({ summary }: { summary: string }) => ({ text: summary }) };
  expect(publicFormOf(renewed, own)).toMatchObject({ version: 1, stored: 2 });
  expect(() => publicFormOf({ ...renewed, version: 3 }, own)).toThrow('its public form is made from 2');
});

it('over HTTP the attributes are headers in visible ASCII, which decode to what they were', () => {
  const text = 'Euro € 😀 "100%" 城管';
  const headers = toHttpHeaders({ 'content-type': 'application/json', ce_subject: text });
  // The example of the HTTP binding (CloudEvents 1.0, 3.1.3.2).
  expect(headers['ce-subject']).toMatch(/^Euro%20%E2%82%AC%20%F0%9F%98%80%20%22100%25%22/);
  expect(headers['ce-subject']).toMatch(/^[\x21-\x7e]+$/);
  expect(decodeURIComponent(headers['ce-subject']!)).toBe(text);
  expect(headers['content-type']).toBe('application/json');
});

it('refuses what it does not know', () => {
  const { headers, body } = toPublicMessage(stored('CaseClosed'), 'e');
  expect(() => fromPublicMessage({ ...headers, ce_type: 'gridcase.CaseClosed.v2' }, body)).toThrow(UnknownPublicVersion);
  expect(() => fromPublicMessage({ ...headers, ce_hash: undefined }, body)).toThrow('no header ce_hash');
  expect(() => toPublicMessage({ ...stored('CaseClosed'), version: 2 }, 'e')).toThrow('its public form is made from 1');
});

// @rule Z13 N3
it('of what a newer release wrote it tells where it stands, and nothing of what it says', () => {
  const unknown = { ...stored('CaseClosed'), type: 'CaseAppraised', version: 3, data: { words: '李红卫 15199536942' } };
  const { key, headers, body } = noticeMessage(unknown, 'epoch-1');
  const { 'content-type': _, ...known } = toPublicMessage(stored('CaseClosed'), 'epoch-1').headers;
  expect([key, body]).toEqual([unknown.stream, null]);
  expect(headers).toEqual({ ...known, ce_type: NOTICE_TYPE, ce_recordedtype: 'CaseAppraised', ce_recordedversion: '3' });
});

it('publishes a schema for every message and no other', () => {
  expect(readdirSync(schemas).sort()).toEqual(Object.values(publicEvents).map(({ type, version }) => `${type}.v${version}.json`).sort());
});
