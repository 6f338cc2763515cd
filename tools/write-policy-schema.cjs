// Writes policies/policy-pack.schema.json from the zod schema. Run after `npm run build`: node tools/write-policy-schema.cjs
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { policyPackJsonSchema } = require('../libs/domain/dist/policy/pack-json-schema.js');

writeFileSync(join(__dirname, '../policies/policy-pack.schema.json'), `${JSON.stringify(policyPackJsonSchema(), null, 2)}\n`);
