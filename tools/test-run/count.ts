/** How many checks of a step passed and failed, with a line for each failure. */
export type Count = { readonly passed: number; readonly failures: readonly string[] };

/** What Jest's `--json` says, as far as it is read here. */
export type JestReport = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
};

/** A check that is no Jest run counts as one. */
export function countCheck(exitCode: number): Count {
  return exitCode === 0 ? { passed: 1, failures: [] } : { passed: 0, failures: [`exit code ${exitCode}`] };
}

/**
 * Counts a Jest run. Whatever did not pass failed: skipped and todo tests, a suite that did not run or failed outside
 * its tests, a run without tests, and a run that left no report or ended with an error that no test explains.
 */
export function countJest(exitCode: number, report: JestReport | undefined): Count {
  if (report === undefined) return { passed: 0, failures: [`no test was run (exit code ${exitCode})`] };
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failures = [
    ...tests.filter(({ status }) => status !== 'passed').map(({ status, fullName }) => `${fullName} (${status})`),
    ...suitesFailedOutsideTests(report).map((suite) => `${suite} (suite failed)`),
  ];
  if (tests.length === 0 && failures.length === 0) failures.push(`no test was run (exit code ${exitCode})`);
  if (exitCode !== 0 && failures.length === 0) failures.push(`exit code ${exitCode}`);
  return { passed, failures };
}

function suitesFailedOutsideTests({ testResults }: JestReport): string[] {
  return testResults
    .filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
    )
    .map(({ name }) => name);
}
