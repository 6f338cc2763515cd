import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from 'yaml';
import { policyPackJsonSchema } from './pack-json-schema';

const policies = join(__dirname, '../../../../policies');
const read = (file: string): string => readFileSync(join(policies, file), 'utf8');

it('policies/policy-pack.schema.json is up to date: npm run build && node tools/write-policy-schema.cjs', () => {
  expect(JSON.parse(read('policy-pack.schema.json'))).toEqual(JSON.parse(JSON.stringify(policyPackJsonSchema())));
});

it('another program judges the shipped packs by the schema as we do', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(read('policy-pack.schema.json')));
  for (const file of readdirSync(policies).filter((name) => name.endsWith('.yaml'))) {
    const pack = parse(read(file));
    expect({ file, errors: validate(pack) ? [] : validate.errors }).toEqual({ file, errors: [] });
    expect(validate({ ...pack, dispatch: { phonefirst: true, rule: 'H4.2.2' } })).toBe(false);
    expect(validate({ ...pack, clocks: { ...pack.clocks, answer: pack.clocks.dispatch } })).toBe(false);
  }
});
