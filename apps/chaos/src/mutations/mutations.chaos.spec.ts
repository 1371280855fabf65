import { afterAll, beforeAll, expect, it } from '@jest/globals';

import type { ChaosStack } from '../harness/chaos-stack.ts';
import { mutations } from './mutations.ts';
import { runMutation, startMutationStack } from './run-mutation.ts';

let chaos: ChaosStack;
beforeAll(async () => {
  chaos = await startMutationStack();
});
afterAll(() => chaos.stop());

it.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
  'SHR-18 a deliberate bug turns the suite red: %s',
  async (_, mutation) => {
    const { caught, run } = await runMutation(chaos, mutation, { seed: 1, patience: 2 });
    expect({ caught, ok: run.ok }).toEqual({ caught: true, ok: false });
  },
);
