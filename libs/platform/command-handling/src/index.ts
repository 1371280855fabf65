export { CommandHandler, type CommandHandlerOptions } from './command-handler.ts';
export type { CommandFact, CommandObserver } from './command-observer.ts';
export type { Acknowledgment, CommandContext, CommandIds, CommandOutcome, CommandRequest } from './command-request.ts';
export { type LoadedState, loadState, type StatePoint, type StateQuery } from './load-state.ts';
export { inTraceOf } from './spans.ts';
