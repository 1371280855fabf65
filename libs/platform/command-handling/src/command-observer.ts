/** Which command, of which aggregate type. */
export type CommandFact = { readonly command: string; readonly aggregateType: string };

/** Told what becomes of commands, so that a process can count it. Must not throw. */
export type CommandObserver = {
  accepted(fact: CommandFact & { readonly eventTypes: readonly string[]; readonly replayed: boolean }): void;
  rejected(fact: CommandFact & { readonly code: string }): void;
  preconditionFailed(fact: CommandFact): void;
  /** Another writer was faster; the command is decided again. */
  conflict(fact: CommandFact): void;
  /** Asked of a handler with a cache: whether the aggregate was in it. */
  cacheAsked(fact: CommandFact & { readonly hit: boolean }): void;
  /** An aggregate was loaded by folding so many events on its snapshot, or on what was cached. */
  loaded(fact: CommandFact & { readonly eventsReplayed: number }): void;
  /** `durationMs`: of saving it, without folding. */
  snapshotSaved(fact: CommandFact & { readonly version: number; readonly durationMs: number }): void;
  /** The command stands all the same; the next one tries again. */
  snapshotFailed(fact: CommandFact & { readonly error: unknown }): void;
};
