import { totalOf, type Upcaster } from '@millrace/core';

import type { OrderLine } from './commands.ts';

type OrderCreatedV1 = { orderId: string; customerId: string; items: readonly OrderLine[] };

/** Steps between stored versions, by event type and by the version they start from. */
export const orderUpcasters: Readonly<Record<string, Readonly<Record<number, Upcaster>>>> = {
  OrderCreated: {
    // Version 1 had no total; its items are all in one currency.
    1: (data) => {
      const created = data as OrderCreatedV1;
      return { ...created, total: totalOf(created.items, created.items[0]?.unitPrice.currency ?? 'XXX') };
    },
  },
};
