import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { ChaosStack } from './harness/chaos-stack.ts';
import { runScenario } from './run-scenario.ts';
import { scenarios } from './scenarios/index.ts';

const SEED = 1;
/** CI runs other things beside. */
const PATIENCE = 2;

let chaos: ChaosStack;
beforeAll(async () => {
  chaos = await ChaosStack.start();
});
afterAll(() => chaos.stop());

it.each(scenarios.filter(({ quick }) => quick).map((scenario) => [scenario.name, scenario] as const))(
  'SHR-18 SHR-31 %s: nothing lost, doubled or reordered',
  async (_, scenario) => {
    const { findings, acknowledged } = await runScenario(chaos, scenario, { seed: SEED, patience: PATIENCE });
    expect(findings).toEqual([]);
    expect(acknowledged).toBeGreaterThan(0);
  },
);
