import { catalogue } from './catalogue';
import { personalFields, personalNames } from './personal-fields';
import { schemaFields } from './schema-fields';

const nameOf = (path: string): string => path.replaceAll('[]', '').split('.').at(-1)!;
const suspicious = Object.values(catalogue).filter(({ category }) => category !== 'staff')
  .flatMap(({ type, schema }) => schemaFields(schema).map(({ path }) => `${type}.${path}`).filter((path) => personalNames.test(nameOf(path))));

// @rule Z13 X18 N3
it('no event outside staff has a plain field for the name, telephone or WeChat id of a person', () => {
  // Names of things. Whoever adds a line here says what bears the name; a person's is sealed instead.
  expect(suspicious.sort()).toEqual([
    'CalendarPublished.year.holidays[].name', // of a holiday
    'CaseFiled.item.name', // of an item of the list
    'GridAdjusted.grid.name', // of a grid
    'GridRegistered.grid.name',
    'GridTreeImported.grids[].grid.name',
    'ItemAdmitted.item.name',
  ]);
});

it.each(['name', 'phone', 'telephone', 'reporterName', 'wechat', 'wechatId', 'openid', 'mobile', 'callerTelephone', 'idNumber', 'realName', 'email'])('%s counts as the name of a personal field', (name) => {
  expect(personalNames.test(name)).toBe(true);
});
it.each(['place', 'medium', 'channel', 'personId', 'number'])('%s does not', (name) => expect(personalNames.test(name)).toBe(false));

// @rule Z13 N3
it('every sealed field is registered, beside the field that says whose key it is', () => {
  const sealed = Object.values(catalogue).flatMap(({ type, schema }) => schemaFields(schema).filter(({ path }) => nameOf(path) === 'sealed').map(({ path }) => `${type}.${path}`));
  expect(Object.entries(personalFields).flatMap(([type, fields]) => fields.map((field) => `${type}.${field.sealed}`))).toEqual(sealed);
  for (const [type, fields] of Object.entries(personalFields)) {
    const paths = schemaFields(catalogue[type]!.schema).map(({ path }) => path);
    for (const { sealed: cipher, person } of fields) expect(paths).toEqual(expect.arrayContaining([cipher, person]));
  }
});

// @rule Z13
it('a person who reports appears in the record by key id and ciphertext only', () => {
  const reporter = schemaFields(catalogue['ReportReceived']!.schema).filter(({ path }) => path.startsWith('reporter.')).map(({ path }) => path);
  expect(reporter).toEqual(['reporter.personId', 'reporter.sealed']);
});
