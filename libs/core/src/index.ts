export { EventCatalogue, type EventDefinition, type Upcaster } from './catalogue.ts';
export {
  accept,
  type Command,
  type Decider,
  type Decision,
  type DecisionContext,
  reject,
  rejectAbsent,
  rejectExisting,
  type Rejection,
  type RejectionKind,
  unreachable,
} from './decider.ts';
export { errorCatalogue, type ErrorCode, isMillraceError, MillraceError } from './errors.ts';
export type { Causation, DomainEvent, RecordedEvent, StreamId } from './event.ts';
export { type Handler, HandlerRegistry } from './handler-registry.ts';
export type { Id } from './id.ts';
export { compareInstants, laterOf } from './instant.ts';
export { addAmounts, type Money, totalOf } from './money.ts';
export { foldEvent, handledTypes, type Handlers, type Projection, type Row } from './projection.ts';
export type { Correlation, Saga, SagaInput, SagaReaction, SagaStatus } from './saga.ts';
