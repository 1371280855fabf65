/**
 * Jest for every kind of test; `tools/jest.ts` runs it and says which kind through TEST_KIND.
 * Sources are TypeScript run as ES modules: swc strips the types, `tsc` alone checks them.
 */
const services = {
  globalSetup: '<rootDir>/libs/testing/global-setup.mjs',
  globalTeardown: '<rootDir>/libs/testing/global-teardown.mjs',
};

const kinds = {
  unit: { testRegex: String.raw`(?<!\.(int|e2e|chaos))\.spec\.ts$`, testTimeout: 10_000, maxWorkers: 2 },
  int: { testRegex: String.raw`\.int\.spec\.ts$`, testTimeout: 120_000, maxWorkers: 1, ...services },
  e2e: { testRegex: String.raw`\.e2e\.spec\.ts$`, testTimeout: 600_000, maxWorkers: 1 },
  chaos: { testRegex: String.raw`\.chaos\.spec\.ts$`, testTimeout: 900_000, maxWorkers: 1 },
};

const kind = process.env.TEST_KIND ?? 'unit';
if (!Object.hasOwn(kinds, kind)) throw new Error(`TEST_KIND is "${kind}"; use one of ${Object.keys(kinds).join(', ')}`);

/** @type {import('jest').Config} */
export default {
  ...kinds[kind],
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/tools'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  // Workspace packages resolve through their symlink to libs/, so nothing that needs swc is under node_modules.
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: { target: 'es2024', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
      },
    ],
  },
};
