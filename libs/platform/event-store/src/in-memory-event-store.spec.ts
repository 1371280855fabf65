import { describe } from '@jest/globals';

import { describeEventStore } from './event-store.contract.ts';
import { counterEvents } from './event-store.fixture.ts';
import { EventMemory, InMemoryEventStore } from './in-memory-event-store.ts';

describe('SHR-13 InMemoryEventStore', () => {
  const memory = new EventMemory();
  describeEventStore({
    open: (release = 'old') => new InMemoryEventStore(counterEvents[release], memory),
    eventually: (probe) => probe(),
  });
});
