import { describe, expect, test } from '@jest/globals';

import { domainNames, partNames } from './names.ts';

describe('names', () => {
  test('of a domain follow from its plural', () => {
    expect(domainNames('deliveries')).toEqual({
      plural: 'deliveries',
      singular: 'delivery',
      one: 'a delivery',
      type: 'Delivery',
      types: 'Deliveries',
      code: 'DELIVERY',
      idField: 'deliveryId',
      idColumn: 'delivery_id',
      topic: 'DELIVERIES_TOPIC',
    });
    expect(domainNames('invoices').one).toBe('an invoice');
  });

  test.each(['invoice', 'Invoices', 'purchase-orders', 's', '../orders', ''])('"%s" is no domain', (name) => {
    expect(() => domainNames(name)).toThrow(`"${name}": a domain is one English plural`);
  });

  test.each(['returns', 'packages', 'cases'])('"%s" would be a word of the language', (name) => {
    expect(() => domainNames(name)).toThrow('is a word of the language');
  });

  test('of a part follow from its files', () => {
    expect(partNames('top-10-customers')).toEqual({
      kebab: 'top-10-customers',
      snake: 'top_10_customers',
      camel: 'top10Customers',
      type: 'Top10Customers',
    });
  });

  test.each(['Customers', 'by_customer', 'a--b', '-a', '../a', ''])('"%s" is no part', (name) => {
    expect(() => partNames(name)).toThrow('use small letters and dashes');
  });
});
