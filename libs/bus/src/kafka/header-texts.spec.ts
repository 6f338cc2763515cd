import Decoder from 'kafkajs/src/protocol/decoder';
import encodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0';
import decodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0/decoder';
import { readHeadersAsTexts } from './header-texts';

const messages = [
  { ce_id: '1', ce_actor: '{"person":"张三"}', empty: '' }, { ce_id: '2', ce_actor: '{"person":"李四"}', empty: '' },
  { ce_after: '7', ce_id: '3', ce_actor: 'x' }, { ce_if: 'a name of the same length', ce_id: '4' }, {}, { 名称: '值', ce_id: '5' }, { ce_id: '6', long: 'ö'.repeat(300) },
];
const decoded = () => messages.map((headers, offsetDelta) => {
  const decoder = new Decoder(encodeRecord({ key: `key-${offsetDelta}`, value: 'value', headers, offsetDelta, timestampDelta: 0 }).buffer);
  decoder.readVarInt(); // its length
  return decodeRecord(decoder, { firstOffset: '40', firstTimestamp: '1' });
});

it('records are what kafkajs itself makes of them, but headers are texts', () => {
  const own = decoded();
  expect(own[1]).toMatchObject({ offset: '41', key: Buffer.from('key-1'), headers: { ce_id: Buffer.from('2') } });
  readHeadersAsTexts();
  expect(decoded()).toEqual(own.map((record, i) => ({ ...record, headers: messages[i] })));
});
