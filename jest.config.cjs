/** One jest over all projects: faster than one process per project. `npm test -- libs/domain` narrows it. */
module.exports = {
  rootDir: __dirname,
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/tools'],
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
  testTimeout: 30_000,
  maxWorkers: 2,
};
