const { existsSync } = require('node:fs');
const { join } = require('node:path');

/** One jest over all projects: faster than one process per project. `npm test -- libs/domain` narrows it. */
module.exports = {
  rootDir: __dirname,
  roots: ['apps', 'libs', 'tools', 'bench', 'faults', 'e2e'].filter((dir) => existsSync(join(__dirname, dir))).map((dir) => `<rootDir>/${dir}`),
  moduleFileExtensions: ['ts', 'js', 'json', 'cjs', 'mjs', 'node'],
  testRegex: '\\.spec\\.ts$',
  transform: {
    '^.+\\.ts$': ['@swc/jest', {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
      module: { type: 'commonjs' },
    }],
  },
  moduleNameMapper: {
    '^@gridcase/([^/]+)$': '<rootDir>/libs/$1/src',
    '^@gridcase-apps/([^/]+)$': '<rootDir>/apps/$1/src',
  },
  modulePathIgnorePatterns: ['/dist/'],
  globalSetup: '<rootDir>/tools/jest/global-setup.cjs',
  globalTeardown: '<rootDir>/tools/jest/global-teardown.cjs',
  testSequencer: '<rootDir>/tools/jest/fast-first-sequencer.cjs',
  reporters: ['default', '<rootDir>/tools/jest/closing-line-reporter.cjs'],
  testTimeout: 30_000,
  maxWorkers: 2,
};
