import { Type } from 'typebox';

import { instantParameter } from '../parameters.ts';

/** Parameters of a list that can be asked for what was created in a time. */
export const creationTime = { createdFrom: Type.Optional(Type.String()), createdTo: Type.Optional(Type.String()) };

type CreationTime = { readonly createdFrom?: string | undefined; readonly createdTo?: string | undefined };

/** The time in UTC: from its first instant until before its last. @throws HttpProblem 400 */
export function creation({ createdFrom, createdTo }: CreationTime): CreationTime {
  return { createdFrom: utc('createdFrom', createdFrom), createdTo: utc('createdTo', createdTo) };
}

function utc(parameter: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : instantParameter(parameter, text);
}
