import { expect, it } from '@jest/globals';

import { findJava, parseJavaVersion } from './java.ts';

it.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['openjdk version "25" 2025-09-16 LTS', 25],
  ['java version "1.8.0_402"', 8],
  ['bash: java: not found', undefined],
])('%s is version %s', (output, version) => {
  expect(parseJavaVersion(output)).toBe(version);
});

it('names the command that installs Java when JAVA_HOME has none', async () => {
  await expect(findJava({ JAVA_HOME: '/nowhere' })).rejects.toThrow(
    /needs? Java 17 or newer.*\/nowhere\/bin\/java.*does not run[\s\S]*Install one/,
  );
});
