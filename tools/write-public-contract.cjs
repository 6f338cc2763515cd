// Writes docs/reference/asyncapi.yaml and docs/reference/schemas/ from libs/events/src/public: node tools/write-public-contract.cjs [--check] [--out DIR]
require('./require-typescript.cjs');
const { existsSync, readFileSync, readdirSync, rmSync } = require('node:fs');
const { join } = require('node:path');
const { z } = require('zod');
const { stringify } = require('yaml');
const writePage = require('./write-page.cjs');

const { publicTopics } = require('../libs/events/src/public/topics.ts');
const { publicEvents } = require('../libs/events/src/public/public-events.ts');
const { NOTICE_TYPE, PROGRESS_TYPE, messageTypeOf } = require('../libs/events/src/public/cloud-event.ts');

const args = process.argv.slice(2);
const check = args.includes('--check');
const out = args.includes('--out') ? args[args.indexOf('--out') + 1] : join(__dirname, '../docs/reference');
const write = (name, text) => writePage(join(out, name), text, check ? ['--check'] : []);
const { version } = JSON.parse(readFileSync(join(__dirname, '../libs/events/package.json'), 'utf8'));

const fileOf = (event) => `${event.type}.v${event.version}.json`;
const text = (description, more = {}) => ({ type: 'string', description, ...more });
const DECIMAL = '^\\d+$';

const progress = { ce_after: text('The request this message begins goes on from this position of the record.', { pattern: DECIMAL }), ce_progress: text('Everything of this partition up to this position stands before or in this message.', { pattern: DECIMAL }) };
const ATTRIBUTES = ['ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_subject', 'ce_time', 'ce_stream', 'ce_revision', 'ce_position', 'ce_epoch', 'ce_hash', 'ce_previoushash', 'ce_recordedat', 'ce_correlationid', 'ce_causationid', 'ce_commandid', 'ce_commanddigest', 'ce_actor'];
const eventHeaders = (type) => ({
  type: 'object',
  required: ['content-type', ...ATTRIBUTES],
  properties: { ce_type: { type: 'string', const: type } },
  allOf: [{ $ref: '#/components/schemas/EventHeaders' }],
});

const messages = Object.values(publicEvents);
const document = {
  asyncapi: '3.0.0',
  info: {
    title: 'Gridcase events', version, license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    description: [
      'What Gridcase (网格案件系统) tells other systems on Kafka. CloudEvents 1.0 in binary mode: attributes in headers `ce_…`, the data as JSON in the body.',
      '', '- The key is the stream (`case-{id}` …): messages of one key keep their order. Across keys and partitions order by `ce_position`.',
      '- At least once: the relay may send a run of events again. Drop a message whose `ce_revision` is not greater than the last seen of its `ce_stream`.',
      `- Messages of type \`${PROGRESS_TYPE}\` have no body: a reader that does not put partitions in order skips them. Unknown types are to be skipped too.`,
      `- A message of type \`${NOTICE_TYPE}\` has no body either, and counts: an event stands on record whose type the relay does not know yet (\`ce_recordedtype\`), in the middle of an upgrade. Who needs it reads the case's history.`,
      '- A public version never changes incompatibly: an incompatible change is a new version (`…v2`), a new number of partitions is a new topic.',
      '- `ce_epoch` names the event store: positions compare within one epoch only.',
    ].join('\n'),
  },
  defaultContentType: 'application/json',
  channels: Object.fromEntries(publicTopics.map((topic) => {
    const own = messages.filter(({ category }) => topic.categories.includes(category));
    return [topic.name, {
      address: topic.name, description: topic.about,
      messages: { ...Object.fromEntries(own.map((event) => [messageTypeOf(event), { $ref: `#/components/messages/${messageTypeOf(event)}` }])), ...Object.fromEntries([NOTICE_TYPE, PROGRESS_TYPE].map((type) => [type, { $ref: `#/components/messages/${type}` }])) },
      bindings: { kafka: { topic: topic.name, partitions: topic.partitions, topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': 1209600000, 'retention.bytes': -1, 'max.message.bytes': 8388608 }, bindingVersion: '0.5.0' } },
    }];
  })),
  operations: Object.fromEntries(publicTopics.map(({ name }) => [`send-${name}`, { action: 'send', channel: { $ref: `#/channels/${name}` }, summary: `The relay publishes to ${name}.` }])),
  components: {
    messages: {
      ...Object.fromEntries(messages.map((event) => [messageTypeOf(event), {
        name: messageTypeOf(event), title: event.type, contentType: 'application/json', headers: eventHeaders(messageTypeOf(event)), payload: { $ref: `./schemas/${fileOf(event)}` },
        bindings: { kafka: { key: { type: 'string', description: 'The stream.' }, bindingVersion: '0.5.0' } },
      }])),
      [NOTICE_TYPE]: {
        name: NOTICE_TYPE, title: 'Notice', summary: 'An event stands on record whose type the relay does not know yet. In its place in the order of its key, without a body.',
        headers: {
          type: 'object', required: [...ATTRIBUTES, 'ce_recordedtype', 'ce_recordedversion'],
          properties: { ce_type: { type: 'string', const: NOTICE_TYPE }, ce_recordedtype: text('Type of the event as it is stored.'), ce_recordedversion: text('Stored version of it.', { pattern: DECIMAL }) },
          allOf: [{ $ref: '#/components/schemas/EventHeaders' }],
        },
        payload: { type: 'null' }, bindings: { kafka: { key: { type: 'string', description: 'The stream.' }, bindingVersion: '0.5.0' } },
      },
      [PROGRESS_TYPE]: {
        name: PROGRESS_TYPE, title: 'Progress', summary: 'The partition has nothing new up to a position of the record. No key, no body.',
        headers: { type: 'object', required: ['ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_epoch', 'ce_after', 'ce_progress'], properties: { ce_specversion: { type: 'string', const: '1.0' }, ce_id: text('Epoch and position.'), ce_type: { type: 'string', const: PROGRESS_TYPE }, ce_source: { type: 'string', const: '/gridcase/relay' }, ce_epoch: text('The event store.'), ...progress } },
        payload: { type: 'null' },
      },
    },
    schemas: {
      EventHeaders: {
        type: 'object',
        properties: {
          'content-type': { type: 'string', const: 'application/json' }, ce_specversion: { type: 'string', const: '1.0' }, ce_id: text('Event id; unique within its source.', { format: 'uuid' }), ce_type: text('`gridcase.{event}.v{version}`'),
          ce_source: text('`/gridcase/streams/{stream}`', { format: 'uri-reference' }), ce_subject: text('The stream without its category: of a case its id.'), ce_time: text('When it happened.', { format: 'date-time' }),
          ce_stream: text('Stream of the record.'), ce_revision: text('Place in its stream, from 0, without gaps.', { pattern: DECIMAL }), ce_position: text('Place in the whole record: increasing, not dense.', { pattern: DECIMAL }), ce_epoch: text('The event store the position is of.'),
          ce_hash: text('SHA-256 of the event and its predecessor, as stored.', { pattern: '^[0-9a-f]{64}$' }), ce_previoushash: text('Of its predecessor.', { pattern: '^[0-9a-f]{64}$' }), ce_recordedat: text('When it was recorded.', { format: 'date-time' }),
          ce_correlationid: text('One id for all that follows from one outside request.'), ce_causationid: text('The command or event that caused it.'), ce_commandid: text('The command that decided it.'), ce_commanddigest: text('SHA-256 of that command.'),
          ce_actor: text('JSON: `{person, role, jurisdiction, unit?}`.', { contentMediaType: 'application/json' }), ce_traceparent: text('W3C traceparent, where there is a trace.'), ...progress,
        },
      },
    },
  },
};

write('asyncapi.yaml', `# Written by tools/write-public-contract.cjs from libs/events/src/public. Do not edit.\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`);
const files = new Set(messages.map(fileOf));
for (const event of messages) {
  const schema = z.toJSONSchema(event.schema, { io: 'input' });
  write(`schemas/${fileOf(event)}`, `${JSON.stringify({ $schema: schema.$schema, title: messageTypeOf(event), ...schema }, null, 2)}\n`);
}
for (const name of existsSync(join(out, 'schemas')) ? readdirSync(join(out, 'schemas')) : []) {
  if (files.has(name)) continue;
  if (check) { console.error(`docs/reference/schemas/${name} belongs to no message`); process.exitCode = 1; } else rmSync(join(out, 'schemas', name));
}
