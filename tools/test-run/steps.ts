/** One step of `npm test`. A Jest step is given `--json --outputFile` and counts each of its tests; any other counts as one. */
export type Step = {
  readonly name: string;
  readonly command: readonly string[];
  readonly jest: boolean;
  /** Run only when it is named: it needs the whole machine for longer than a change can wait. */
  readonly onDemand?: true;
};

const node = process.execPath;
const check = (name: string, ...command: string[]): Step => ({ name, command, jest: false });
const tests = (kind: string): Step => ({ name: kind, command: [node, 'tools/jest.ts', kind], jest: true });

/** Cheapest first, so that a slip is seen before the stack is started. */
export const steps: readonly Step[] = [
  check('generated', node, 'libs/contracts/generate.ts', '--check'),
  check('requirements', node, 'tools/docs/requirements.ts', '--check'),
  check('format', node, 'node_modules/prettier/bin/prettier.cjs', '--check', '.'),
  check('lint', node, 'tools/lint.ts'),
  check('typecheck', node, 'node_modules/typescript/bin/tsc', '-p', '.'),
  tests('unit'),
  tests('int'),
  tests('e2e'),
  { ...tests('chaos'), onDemand: true },
];

export const stepNames: readonly string[] = steps.map(({ name }) => name);

/** The steps of these names, in the order of `steps`; all but those on demand where no name is given. */
export function stepsNamed(names: readonly string[]): readonly Step[] {
  return steps.filter(({ name, onDemand }) => (names.length === 0 ? !onDemand : names.includes(name)));
}
