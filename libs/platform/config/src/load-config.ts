import { MillraceError } from '@millrace/core';

import { type Variable, type VariableName, variables } from './variables.ts';

type ValueOf<V extends Variable> = V['type'] extends 'integer'
  ? number
  : V['type'] extends 'list' | 'urls'
    ? string[]
    : string;

/** The variables that an app asked for, parsed: integers as numbers, lists as arrays, the rest as strings. */
export type Config<Name extends VariableName> = { readonly [N in Name]: ValueOf<(typeof variables)[N]> };

/** Environment as a process has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the named variables. Everything wrong is reported at once.
 * @throws MillraceError `CONFIG_INVALID`, one line per problem, never with the value of a secret
 */
export function loadConfig<Name extends VariableName>(environment: Environment, names: readonly Name[]): Config<Name> {
  const problems: string[] = [];
  const values = names.map((name) => {
    const definition: Variable = variables[name];
    const text = environment[name]?.trim() || definition.default;
    if (text === undefined) {
      problems.push(`${name} is required: ${definition.description}`);
      return [name, undefined];
    }
    const { value, problem } = parse(definition, text);
    if (problem)
      problems.push(`${name} ${problem}${definition.secret ? '' : `, got "${text}"`}: ${definition.description}`);
    return [name, value];
  });
  if (problems.length > 0) {
    throw new MillraceError(
      'CONFIG_INVALID',
      `${problems.length} problem(s) in the environment:\n  ${problems.join('\n  ')}`,
    );
  }
  return Object.fromEntries(values) as Config<Name>;
}

function parse(definition: Variable, text: string): { value: unknown; problem?: string } {
  if (definition.oneOf && !definition.oneOf.includes(text))
    return { value: text, problem: `must be one of ${definition.oneOf.join(', ')}` };
  switch (definition.type) {
    case 'integer':
      return parseInteger(definition, text);
    case 'url':
      // Empty is only what has an empty default: none is wanted.
      return text === '' || URL.canParse(text) ? { value: text } : { value: text, problem: 'must be a URL' };
    case 'list':
      return parseList(text, Boolean, 'must be a comma-separated list without empty items');
    case 'urls':
      return parseList(text, (item) => URL.canParse(item), 'must be a URL, or several, comma-separated');
    case 'string':
      return { value: text };
  }
}

function parseList(
  text: string,
  isValid: (item: string) => boolean,
  problem: string,
): { value: unknown; problem?: string } {
  const value = text.split(',').map((item) => item.trim());
  return value.every(isValid) ? { value } : { value, problem };
}

function parseInteger(
  { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Variable,
  text: string,
): { value: unknown; problem?: string } {
  const value = Number(text);
  const inRange = /^\d+$/.test(text) && value >= minimum && value <= maximum;
  return inRange ? { value } : { value, problem: `must be a whole number from ${minimum} to ${maximum}` };
}
