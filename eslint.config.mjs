import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may import whom. Code files; tests may use `testing` beside. Each line is shown to fail in tools/boundaries.spec.ts. */
const dependencies = [
  { sourceTag: 'type:events', onlyDependOnLibsWithTags: [], allowedExternalImports: ['zod'] },
  { sourceTag: 'type:domain', onlyDependOnLibsWithTags: ['type:events'], allowedExternalImports: ['zod', 'luxon', 'chinese-days', 'yaml', 'csv-parse/sync', 'canonicalize'] },
  { sourceTag: 'type:platform', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'type:port', onlyDependOnLibsWithTags: ['type:events', 'type:platform', 'type:port'] },
  { sourceTag: 'scope:event-store', onlyDependOnLibsWithTags: ['type:events', 'type:platform'] },
  { sourceTag: 'scope:bus', onlyDependOnLibsWithTags: ['type:events', 'type:platform', 'scope:event-store'] },
  { sourceTag: 'scope:projections', onlyDependOnLibsWithTags: ['type:events', 'type:platform', 'scope:event-store', 'scope:bus'] },
  { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:events', 'type:domain', 'type:platform', 'type:port'] },
  { sourceTag: 'type:service', onlyDependOnLibsWithTags: ['type:events', 'type:domain', 'type:platform', 'type:port'] },
  { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:events', 'type:domain', 'type:platform', 'type:port', 'type:service'] },
  { sourceTag: 'type:standalone', onlyDependOnLibsWithTags: ['type:events', 'type:domain', 'type:platform', 'type:port', 'type:service', 'type:app', 'type:standalone'] },
];
const TEST_LIBRARIES = ['zod', 'luxon', 'chinese-days', 'fast-check', 'yaml', 'csv-parse/sync', 'canonicalize', 'ajv', 'ajv/dist/2020'];
const withTesting = dependencies.map((rule) => ({
  ...rule,
  onlyDependOnLibsWithTags: [...rule.onlyDependOnLibsWithTags, 'type:testing'],
  ...(rule.allowedExternalImports && { allowedExternalImports: [...rule.allowedExternalImports, ...TEST_LIBRARIES] }),
}));
const boundaries = (depConstraints, allow = []) => [
  'error',
  {
    depConstraints,
    enforceBuildableLibDependency: false,
    // `testing` builds on the libraries whose specs use it: a circle of tests, not of code.
    ignoredCircularDependencies: ['events', 'domain', 'platform', 'event-store', 'bus', 'projections'].map((lib) => ['testing', lib]),
    allow,
  },
];

// An app's `src/testing` holds what its own tests start, an adapter's `testing` the double of its server.
const TESTS = ['**/*.spec.ts', '**/*.contract.ts', 'apps/*/src/testing/**/*.ts', 'libs/*/src/**/testing/**/*.ts'];
const ADAPTERS = ['memory', 'postgres', 'eventstoredb', 'kafka'];

const time = [
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'Time is an input: take it from the Clock.' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time is an input: take it from the Clock.' },
  { selector: "CallExpression[callee.name='Date']", message: 'Time is an input: take it from the Clock.' },
  { selector: "CallExpression[callee.object.name='DateTime'][callee.property.name=/^(now|local|utc)$/][arguments.length=0]", message: 'Time is an input: take it from the Clock.' },
];
const chance = [
  { selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']", message: 'Chance is an input: take an IdSource, or a seeded generator in tests.' },
  { selector: "ImportSpecifier[imported.name='randomUUID']", message: 'Ids are an input: take an IdSource, or randomUuid of @gridcase/platform at the edge.' },
  { selector: "MemberExpression[property.name='randomUUID']", message: 'Ids are an input: take an IdSource, or randomUuid of @gridcase/platform at the edge.' },
];
const unfinishedTests = [
  { selector: "MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(skip|only|todo|failing)$/]", message: 'No skipped, focused or pending tests.' },
  { selector: "MemberExpression[object.object.name=/^(it|test|describe)$/][property.name=/^(skip|only)$/]", message: 'No skipped, focused or pending tests.' },
  { selector: "CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe|pending)$/]", message: 'No skipped, focused or pending tests.' },
];

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '.nx/', '.data/', 'coverage/', 'docs/'] },
  {
    files: ['**/*.ts'],
    plugins: { '@typescript-eslint': tseslint.plugin, '@nx': nx },
    languageOptions: { parser: tseslint.parser, parserOptions: { project: './tsconfig.typecheck.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@nx/enforce-module-boundaries': boundaries(dependencies),
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { args: 'after-used', argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { prefer: 'type-imports', fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-require-imports': 'error',
      'no-console': 'error',
      'no-debugger': 'error',
      'no-fallthrough': 'error',
      'no-unreachable': 'error',
      'no-self-compare': 'error',
      'no-unsafe-finally': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', ...time, ...chance],
    },
  },
  {
    files: TESTS,
    rules: {
      '@nx/enforce-module-boundaries': boundaries(withTesting),
      'no-restricted-syntax': ['error', ...time, ...chance, ...unfinishedTests],
    },
  },
  {
    // The composition root is the only app to import apps …
    files: ['apps/standalone/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': boundaries(dependencies, ['@gridcase-apps/*']) },
  },
  {
    // … beside what drives the platform as a whole.
    files: ['apps/standalone/**/*.spec.ts', 'bench/**/*.ts', 'faults/**/*.ts', 'e2e/**/*.ts', 'tools/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': boundaries(withTesting, ['@gridcase-apps/*']) },
  },
  // The clock and id adapters are the only doors to wall time and chance.
  { files: ['libs/platform/src/clock.ts'], rules: { 'no-restricted-syntax': ['error', ...chance] } },
  { files: ['libs/platform/src/ids.ts'], rules: { 'no-restricted-syntax': ['error', ...time] } },
  {
    // Pure: no I/O, not even the machine's own.
    files: ['libs/domain/src/**/*.ts', 'libs/events/src/**/*.ts'],
    ignores: TESTS,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          // A digest is a value of its input; keys and random bytes are not.
          paths: [{ name: 'node:crypto', allowImportNames: ['createHash'], message: 'Domain and events are pure: no I/O, no chance.' }],
          patterns: [{ regex: '^(node:(?!crypto$|assert)|(fs|crypto|child_process|http|https|net|os|timers)(/|$))', message: 'Domain and events are pure: no I/O, no chance.' }],
        },
      ],
      'no-restricted-globals': ['error', { name: 'process', message: 'Domain and events are pure.' }, { name: 'fetch', message: 'Domain and events are pure.' }, { name: 'setTimeout', message: 'Domain and events are pure.' }],
    },
  },
  ...ADAPTERS.map((own) => ({
    files: [`libs/*/src/${own}/**/*.ts`],
    ignores: TESTS,
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ADAPTERS.filter((other) => other !== own).flatMap((other) => [`../${other}`, `../${other}/*`, `../../${other}/*`]), message: 'An adapter knows its own port, never another adapter.' }] }],
    },
  })),
  // What people run in a terminal speaks by console.
  { files: ['apps/standalone/src/**/*.ts', 'bench/**/*.ts', 'faults/**/*.ts', 'tools/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.{cjs,mjs}'],
    rules: { 'no-debugger': 'error', 'no-unreachable': 'error', 'prefer-const': 'error', 'no-var': 'error', 'no-restricted-syntax': ['error', ...time, ...chance] },
  },
);
