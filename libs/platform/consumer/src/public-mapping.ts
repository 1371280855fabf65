import type { DomainEvent, RecordedEvent } from '@millrace/core';

/**
 * What outsiders learn: for each internal event one public event, or the word `ignore`. Leaving a type out does not
 * compile. Pure: the same event always gives the same public event.
 */
export type PublicMapping<E extends DomainEvent, P extends DomainEvent> = {
  /** Name of the publisher, its consumer group and its app. */
  readonly name: string;
  readonly topics: readonly string[];
  readonly publish: {
    readonly [Type in E['type']]: 'ignore' | ((event: RecordedEvent<Extract<E, { type: Type }>>) => P);
  };
};
