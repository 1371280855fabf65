/**
 * Loaded by every Node process of a chaos stack (`--import`), so that faults need no hook in production code. What it
 * does stands in the file that CHAOS_PLAN names; without a plan for the process it does nothing.
 *
 *     { "<app>": { "clockFile"?: "<path>", "silence"?: { "file", "port" }, "mutations"?: [{ "file", "find", "replace" }] } }
 *
 * `clockFile` holds the milliseconds by which the process's clock is wrong, read ten times a second. A mutation replaces
 * one text of one source file while it is loaded; a text that is not there exactly once ends the process. A connection to
 * `port` that is written to while `file` holds something is dead from then on, and nobody is told.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { Socket } from 'node:net';
import { basename, dirname } from 'node:path';

/** One text of one source file, and what to read in its place. */
export type SourceMutation = { readonly file: string; readonly find: string; readonly replace: string };

/** What the processes of one app are to suffer. */
export type AppPlan = {
  readonly clockFile?: string;
  readonly silence?: { readonly file: string; readonly port: number };
  readonly mutations?: readonly SourceMutation[];
};

/** By name of the app. */
export type ChaosPlan = Readonly<Record<string, AppPlan>>;

const CHECK_MS = 100;

function read(file: string | undefined): string | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function mutate(mutations: readonly SourceMutation[]): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const wanted = mutations.filter(({ file }) => url.endsWith(`/${file}`));
      if (wanted.length === 0) return loaded;
      const text = Buffer.from((loaded.source ?? '') as Uint8Array).toString('utf8');
      return { ...loaded, source: wanted.reduce(replaceOnce, text) };
    },
  });
}

function replaceOnce(text: string, { file, find, replace }: SourceMutation): string {
  const found = text.split(find).length - 1;
  if (found !== 1) throw new Error(`the mutation of ${file} does not fit: its text is there ${found} times`);
  return text.replace(find, () => replace);
}

function bendClock(clockFile: string): void {
  const RealDate = Date;
  let offsetMs = 0;
  const look = () => (offsetMs = Number(read(clockFile) ?? 0) || 0);
  look();
  setInterval(look, CHECK_MS).unref();
  const now = () => RealDate.now() + offsetMs;
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args: [], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    get: (target, property, receiver) =>
      property === 'now' ? now : (Reflect.get(target, property, receiver) as unknown),
  });
}

function swallow({ file, port }: { file: string; port: number }): void {
  const dead = new WeakSet<Socket>();
  let silent = false;
  setInterval(() => (silent = (read(file) ?? '') !== ''), CHECK_MS).unref();
  const write = Reflect.get(Socket.prototype, 'write') as (this: Socket, ...args: unknown[]) => boolean;
  Socket.prototype.write = function (this: Socket, ...args: unknown[]): boolean {
    if (silent && this.remotePort === port) dead.add(this);
    if (!dead.has(this)) return write.apply(this, args);
    const written = args.findLast((argument) => typeof argument === 'function');
    if (written) process.nextTick(written);
    return true;
  };
}

const app = basename(dirname(dirname(process.argv[1] ?? '')));
const plan = (JSON.parse(read(process.env.CHAOS_PLAN) ?? '{}') as ChaosPlan)[app];
if (plan?.mutations) mutate(plan.mutations);
if (plan?.clockFile) bendClock(plan.clockFile);
if (plan?.silence) swallow(plan.silence);
