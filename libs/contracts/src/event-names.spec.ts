import { describe, expect, it } from '@jest/globals';

import { personEvents } from './persons/index.ts';
import { internalCatalogues, publicCatalogues } from './topology.ts';

// Not the canary, which is no fact of any aggregate.
const definitions = [...internalCatalogues, ...publicCatalogues].flatMap((catalogue) => catalogue.definitions);

describe('event names', () => {
  it.each(definitions.map(({ type }) => type))('CIM-25 %s is a fact in the past tense', (type) => {
    expect(type).toMatch(/^([A-Z][a-z]+)+(ed|wn)$/);
  });

  it('CIM-25 an event holds what is relevant: a changed email has neither name nor birth date', () => {
    const { schemas } = personEvents.definitions.find(({ type }) => type === 'PersonEmailChanged') ?? {};
    const { fields } = schemas?.[1] as { fields: { name: string }[] };
    expect(fields.map(({ name }) => name)).toEqual(['personId', 'email']);
  });
});
