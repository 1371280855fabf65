import type { Component } from './components/component.ts';
import type { Home } from './home.ts';
import { Supervisor } from './supervisor/supervisor.ts';

/** A component that runs without the rest of the stack. */
export type AloneComponent = { readonly pid: number; stop(): Promise<void> };

/** @throws MillraceError `STACK_FAILED` when it does not start; nothing is left running */
export async function startAlone(home: Home, component: Component): Promise<AloneComponent> {
  const supervisor = new Supervisor([component], home.logs, () => undefined);
  try {
    await supervisor.start([component.name]);
  } catch (error) {
    await supervisor.stopAll();
    throw error;
  }
  return { pid: supervisor.statuses[0]?.process?.pid ?? 0, stop: () => supervisor.stopAll() };
}
