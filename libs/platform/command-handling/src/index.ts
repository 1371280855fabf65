export type { CommandGate, GateClosure } from './command-gate.ts';
export { CommandHandler, type CommandHandlerOptions } from './command-handler.ts';
export type { CommandFact, CommandObserver } from './command-observer.ts';
export {
  type ClaimedCommand,
  type CommandEnd,
  CommandQueue,
  type Promised,
  purgeFinishedCommands,
  type QueuedCommand,
} from './command-queue.ts';
export type {
  Acknowledgment,
  CommandContext,
  CommandIds,
  CommandOutcome,
  CommandRequest,
  SentCommand,
} from './command-request.ts';
export { type LoadedState, loadState, type StatePoint, type StateQuery } from './load-state.ts';
export { inTraceOf } from './spans.ts';
