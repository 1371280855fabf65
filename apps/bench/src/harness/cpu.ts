import { readdirSync, readFileSync } from 'node:fs';

/** Kernel ticks of Linux are 10 ms for programs, whatever the kernel counts in. */
const MICROS_PER_TICK = 10_000;

/**
 * Processor time of a process, of the children that have ended and of those that run, in microseconds; 0 where there is no
 * /proc. `own` leaves out the children that run.
 */
export function cpuMicros(pid: number, scope: 'own' | 'tree' = 'own'): number {
  const children = scope === 'tree' ? childrenOf(pid) : [];
  return children.reduce((sum, child) => sum + cpuMicros(child, 'tree'), ticksOf(pid) * MICROS_PER_TICK);
}

/** utime, stime, cutime and cstime are the 14th to 17th field; the second one may hold blanks. */
function ticksOf(pid: number): number {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
}

function childrenOf(pid: number): number[] {
  const tasks = list(`/proc/${pid}/task`);
  const children = tasks.map((task) => read(`/proc/${pid}/task/${task}/children`));
  return children.flatMap((text) => text.split(' ').filter(Boolean).map(Number));
}

/** Text of a file; empty where it is gone, as the process is then. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
