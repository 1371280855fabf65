import type { ServiceStatus } from './supervisor/service.ts';

/** What happens while a stack starts and runs. */
export type StackProgress =
  | {
      readonly kind: 'step';
      readonly step: 'environment' | 'jars' | 'data' | 'deploy';
      readonly text: string;
      readonly elapsedMs: number;
      readonly done: boolean;
    }
  | { readonly kind: 'service'; readonly status: ServiceStatus };

/** Is told what happens. */
export type OnProgress = (progress: StackProgress) => void;

/** Begins a step. What is returned reports on it, with the time since it began. */
export function beginStep(onProgress: OnProgress, step: Extract<StackProgress, { kind: 'step' }>['step']) {
  const startedAt = performance.now();
  return (text: string, done: boolean): void =>
    onProgress({ kind: 'step', step, text, elapsedMs: performance.now() - startedAt, done });
}
