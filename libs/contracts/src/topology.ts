import type { EventCatalogue } from '@millrace/core';

import { orderEvents, orderPublicEvents, ORDERS_PUBLIC_TOPIC, ORDERS_TOPIC } from './orders/index.ts';

/** A consumer group of this repository and the topics it reads. */
export type ConsumerGroup = { readonly group: string; readonly topics: readonly string[] };

/** Every catalogue, for the registration of schemas. */
export const catalogues: readonly EventCatalogue[] = [orderEvents, orderPublicEvents];

/** Every topic that the outbox may name. */
export const outboxTopics: readonly string[] = [ORDERS_TOPIC, ORDERS_PUBLIC_TOPIC];

/** Partitions of each topic at its birth. The count is never changed: keys would move and lose their order. */
export const TOPIC_PARTITIONS = 12;

/** The consumer groups whose lag is measured from outside. */
export const consumerGroups: readonly ConsumerGroup[] = [
  { group: 'order-read-model-projection', topics: [ORDERS_TOPIC] },
  { group: 'orders-by-customer-projection', topics: [ORDERS_TOPIC] },
  { group: 'orders-by-status-projection', topics: [ORDERS_TOPIC] },
  { group: 'orders-analytics-projection', topics: [ORDERS_TOPIC] },
  { group: 'external-publisher', topics: [ORDERS_TOPIC] },
];
