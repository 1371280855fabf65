/**
 * The one-way data flow as lint rules. `projects` are the nodes of the Nx project graph: `{ name, root, tags }`.
 * Each layer and side a package belongs to is written in the `nx.tags` of its package.json.
 */
import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';

/** What a layer may import from the workspace; what is absent is refused. */
const layers = {
  core: [],
  contracts: ['core'],
  domain: ['core', 'contracts'],
  platform: ['core', 'platform'],
  'read-model': ['core', 'contracts', 'platform'],
  // The list of all read models, for tools that treat them alike.
  fleet: ['core', 'contracts', 'platform', 'read-model'],
  testing: ['core', 'platform'],
  app: ['core', 'contracts', 'domain', 'platform', 'read-model', 'fleet'],
};
const sides = { write: ['write', 'shared'], read: ['read', 'shared'], shared: ['shared'] };

/** Layers that import no package and no Node API. */
const closedLayers = ['core', 'contracts', 'domain'];
/** Layers whose sources compute, and nothing else. Contracts hold generated tables and a generator. */
const pureLayers = ['core', 'domain', 'read-model'];

const specs = ['**/*.spec.ts'];
/** Apps that look at the write and the read side from outside. */
const ownBothSides = ['cli', 'relay-supervisor', 'auditor', 'backup-scheduler'];
const domains = readdirSync(new URL('../../libs/domain', import.meta.url));

const isOf = (layerNames) => (project) => layerNames.some((layer) => project.tags.includes(`layer:${layer}`));
const sourcesOf = ({ root }) => `${root}/src/**/*.ts`;
const tagged = (dimension, names) => names.map((name) => `${dimension}:${name}`);

/**
 * `alsoLayers` and `packages` widen the rule for specs; `bothSides` is for the programs that look at the write and
 * the read side from outside.
 */
function moduleBoundaries({ alsoLayers = [], packages = [], bothSides = false } = {}) {
  const byLayer = Object.entries(layers).map(([layer, allowed]) => ({
    sourceTag: `layer:${layer}`,
    onlyDependOnLibsWithTags: tagged('layer', [...allowed, ...alsoLayers]),
    ...(closedLayers.includes(layer) && { allowedExternalImports: packages }),
  }));
  const bySide = Object.entries(sides).map(([side, allowed]) => ({
    sourceTag: `side:${side}`,
    onlyDependOnLibsWithTags: tagged('side', allowed),
  }));
  const options = {
    depConstraints: bothSides ? byLayer : [...byLayer, ...bySide],
    banTransitiveDependencies: true,
    // A package's own name is refused by forbiddenImports; the check that this switches off crashes on a spec using it.
    allowCircularSelfDependency: true,
    // Specs of a platform library use the test harness, which is built on that library.
    ignoredCircularDependencies: [['@millrace/testing', 'tag:layer:platform']],
    checkDynamicDependenciesExceptions: ['.*'],
  };
  return { '@nx/enforce-module-boundaries': ['error', options] };
}

/** A later `no-restricted-imports` replaces an earlier one, so each file gets one list made of all that concerns it. */
function forbiddenImports({ name, root, tags }, { paths, patterns } = { paths: [], patterns: [] }) {
  const all = [
    { group: ['@millrace/*/src', '@millrace/*/src/**'], message: 'Import the package, not a file in it.' },
    { group: [name, `${name}/**`], message: 'Inside a package, import its files by relative path.' },
    ...patterns,
  ];
  if (root !== 'libs/platform/kafka') {
    all.push({ group: ['kafkajs', 'kafkajs/**'], message: 'kafkajs is known to libs/platform/kafka alone.' });
  }
  if (tags.includes('side:write')) {
    all.push({
      group: ['@millrace/kafka'],
      message: 'The write side announces through the outbox, never through Kafka.',
    });
  }
  if (tags.includes('layer:domain')) all.push(contractsOfOtherDomains(root));
  return { 'no-restricted-imports': ['error', { paths, patterns: all }] };
}

function contractsOfOtherDomains(root) {
  const own = domains.find((domain) => root === `libs/domain/${domain}`);
  return {
    group: ['@millrace/contracts/**', `!@millrace/contracts/${own}`],
    message: 'A domain speaks its own contracts only; a process across domains is a saga.',
  };
}

const noNodeApi = 'This layer is pure: no Node API.';
const nodeModules = {
  paths: builtinModules.map((name) => ({ name, message: noNodeApi })),
  patterns: [{ group: ['node:*'], message: noNodeApi }],
};

const exportAll = { selector: 'ExportAllDeclaration', message: 'Name what is exported.' };
const dynamicKafka = {
  selector: 'ImportExpression[source.value=/^kafkajs/]',
  message: 'kafkajs is known to libs/platform/kafka alone.',
};
const environment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'The environment is read in main.ts and parsed by @millrace/config.',
};
const noClock = 'Time comes in with the command or the event.';
const impurities = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: noClock },
  { selector: "CallExpression[callee.name='Date']", message: noClock },
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: noClock },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Ids come in with the command.',
  },
  { selector: 'ImportExpression', message: 'This layer is pure: static imports only.' },
];
const impureGlobals = ['process', 'performance', 'crypto', 'fetch', 'setTimeout', 'setInterval', 'setImmediate'].map(
  (name) => ({ name, message: 'This layer is pure: no clock, randomness or I/O.' }),
);

/** Like imports: one list per file. */
const restrictedSyntax = (...restrictions) => ({ 'no-restricted-syntax': ['error', ...restrictions] });

/** The flat-config blocks of all of the above. Order matters: a later block replaces the same rule of an earlier one. */
export function boundaryRules(projects) {
  return [
    { files: ['**/*.ts'], rules: { ...moduleBoundaries(), ...restrictedSyntax(exportAll, dynamicKafka, environment) } },
    ...projects.map((project) => ({ files: [`${project.root}/**/*.ts`], rules: forbiddenImports(project) })),
    ...projects.filter(isOf(closedLayers)).map((project) => ({
      files: [sourcesOf(project)],
      ignores: specs,
      rules: forbiddenImports(project, nodeModules),
    })),
    {
      files: projects.filter(isOf(pureLayers)).map(sourcesOf),
      ignores: specs,
      rules: {
        ...restrictedSyntax(exportAll, ...impurities),
        'no-restricted-globals': ['error', { globals: impureGlobals, checkGlobalObject: true }],
      },
    },
    {
      files: [
        'apps/*/src/main.ts',
        'apps/cli/**',
        'apps/e2e/**',
        'apps/chaos/**',
        'apps/bench/**',
        'libs/platform/stack/**',
        'libs/testing/**',
        'tools/**',
      ],
      rules: restrictedSyntax(exportAll, dynamicKafka),
    },
    { files: ['libs/platform/kafka/**'], rules: restrictedSyntax(exportAll, environment) },
    { files: ['libs/core/src/testing/**'], rules: moduleBoundaries({ packages: ['@jest/globals'] }) },
    { files: specs, rules: moduleBoundaries({ alsoLayers: ['testing'], packages: ['@jest/globals', 'fast-check'] }) },
    // The generator is a tool of this repository: nothing of it is loaded at run time.
    {
      files: ['libs/contracts/generate.ts', 'libs/contracts/generator/**'],
      rules: moduleBoundaries({ alsoLayers: ['platform', 'testing'], packages: ['*'] }),
    },
    { files: ownBothSides.map((name) => `apps/${name}/**`), rules: moduleBoundaries({ bothSides: true }) },
    {
      files: [
        'apps/e2e/**',
        'apps/chaos/**',
        'apps/bench/**',
        ...ownBothSides.map((name) => `apps/${name}/**/*.spec.ts`),
      ],
      rules: moduleBoundaries({ alsoLayers: ['testing'], bothSides: true }),
    },
  ];
}
