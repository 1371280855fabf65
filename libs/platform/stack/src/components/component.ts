/** How to start one process. */
export type Command = {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
};

/** What a readiness probe may look at besides the network. */
export type ProcessOutput = {
  /** Whether the running process has printed a line with this text since it started. */
  hasPrinted(text: string): boolean;
};

/** One process of the stack: everything the supervisor needs to know about it, and nothing it has to know in common. */
export type Component = {
  /** Name in the output, in `millrace status` and of the log file. */
  readonly name: string;
  readonly kind: 'infrastructure' | 'app';
  /** One address by which others reach it. */
  readonly url: string;
  /** Components that must be ready before it starts; it is stopped before they are. */
  readonly dependsOn: readonly string[];
  readonly command: Command;
  /** Runs before every start of the process: folders, formatting, removal of what a crash has left. Ends early by `signal`. */
  prepare(signal: AbortSignal): Promise<void>;
  /** Asked ten times a second until it answers true, then every other second. A rejection counts as false, and says why. */
  isReady(output: ProcessOutput): Promise<boolean>;
  /** From the first attempt to readiness. */
  readonly startTimeoutMs: number;
  /** From the stop signal to SIGKILL. */
  readonly stopTimeoutMs: number;
  readonly stopSignal: NodeJS.Signals;
};

/** GET with a short time limit; whether the answer is 2xx. */
export async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.ok;
}
