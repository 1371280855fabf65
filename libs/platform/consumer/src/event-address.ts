/**
 * Every event type has an address, `<domain>.<EventType>`: the beginning of its topic, and the `ce_type` of its records.
 * A pattern names many, as in NATS:
 *
 *     persons.PersonCreated    that one
 *     persons.*                `*` is any one part
 *     persons.>                `>` is all the rest, at least one part
 *     events.persons.*         the same as persons.*
 */
import { type EventCatalogue, type EventDefinition, MillraceError } from '@millrace/core';

const WORD = /^([A-Za-z][A-Za-z0-9_]*|\*)$/;

/**
 * Definitions of the event types meant by a pattern, or by a list of types.
 * @throws MillraceError `SUBSCRIPTION_INVALID` for a malformed pattern, one that means no type, and a type that is unknown
 */
export function definitionsFor(catalogue: EventCatalogue, events: string | readonly string[]): EventDefinition[] {
  return typeof events === 'string' ? matching(catalogue, events) : named(catalogue, events);
}

function matching({ definitions }: EventCatalogue, pattern: string): EventDefinition[] {
  const [first, ...others] = pattern.split('.');
  const parts = first === 'events' && others.length > 0 ? others : [first ?? '', ...others];
  const open = parts.at(-1) === '>';
  const words = open ? parts.slice(0, -1) : parts;
  if (!words.every((word) => WORD.test(word))) {
    throw invalid(`${pattern} is no pattern: parts are names, * for any one, and > for all the rest`, { pattern });
  }
  const found = definitions.filter((definition) => {
    const address = addressOf(definition);
    const enough = open ? address.length > words.length : address.length === words.length;
    return enough && words.every((word, index) => word === '*' || word === address[index]);
  });
  if (found.length > 0) return found;
  const domains = [...new Set(definitions.map((definition) => addressOf(definition)[0]))];
  throw invalid(`no event type is meant by ${pattern}; there are ${domains.join('.>, ')}.>`, { pattern });
}

function named(catalogue: EventCatalogue, types: readonly string[]): EventDefinition[] {
  const unknown = types.filter((type) => !catalogue.has(type));
  if (unknown.length > 0) throw invalid(`no event type is called ${unknown.join(', ')}`, { unknown });
  if (types.length === 0) throw invalid('a list of event types must name one', {});
  return types.map((type) => catalogue.definition(type));
}

function addressOf({ topic, type }: EventDefinition): readonly string[] {
  return [topic.slice(0, topic.indexOf('.')), type];
}

function invalid(message: string, facts: Record<string, unknown>): MillraceError {
  return new MillraceError('SUBSCRIPTION_INVALID', message, { facts });
}
