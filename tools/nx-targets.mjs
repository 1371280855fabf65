/**
 * Nx plugin: every project (a package.json under apps/ or libs/) gets the same five targets, so none repeats them.
 * Integration and end-to-end tests are never cached: they prove something about the machine they run on.
 */
const sources = ['default', '^default', 'repository'];

/** @param {string} kind @param {string} root */
const jest = (kind, root) => ({
  command: `node tools/jest.ts ${kind} --passWithNoTests ${root}/`,
  options: { cwd: '{workspaceRoot}' },
});

/** @param {string} root */
const targetsOf = (root) => ({
  typecheck: {
    command: `node tools/typecheck.ts ${root}`,
    options: { cwd: '{workspaceRoot}' },
    cache: true,
    inputs: sources,
    outputs: [],
  },
  lint: {
    command: `eslint --max-warnings 0 ${root}`,
    options: { cwd: '{workspaceRoot}' },
    cache: true,
    inputs: sources,
    outputs: [],
  },
  test: { ...jest('unit', root), cache: true, inputs: sources, outputs: [] },
  'test-int': { ...jest('int', root), cache: false, parallelism: false },
  e2e: { ...jest('e2e', root), cache: false, parallelism: false },
  chaos: { ...jest('chaos', root), cache: false, parallelism: false },
});

/** @param {string} file */
const projectOf = (file) => {
  const root = file.slice(0, -'/package.json'.length);
  return { projects: { [root]: { targets: targetsOf(root) } } };
};

export const name = 'nx-targets';

/** @type {import('@nx/devkit').CreateNodes} */
export const createNodes = [
  '{apps/*,libs/**}/package.json',
  (packageFiles) => packageFiles.map((file) => [file, projectOf(file)]),
];
