/** What the bodies of commands are made of. Rules of a domain are its decider's: those are refused with 422, not 400. */
import { type TObject, type TProperties, type TString, Type } from 'typebox';

/** Unknown fields are refused: what is not understood must not be overlooked. */
export const strict = { additionalProperties: false };

/** A body with these fields and no others. */
export function body<Fields extends TProperties>(fields: Fields): TObject<Fields> {
  return Type.Object(fields, strict);
}

/** Id of an aggregate, as clients may choose it. */
export const id: TString = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' });

/** Text of 1 to `maxLength` characters without control characters or half surrogate pairs: JSON in Postgres and Avro could not keep those. */
export function text(maxLength: number): TString {
  return Type.String({ minLength: 1, maxLength, pattern: '^[^\\p{Cc}\\p{Cs}]*$' });
}

/** Commands that say everything by their name. */
export const emptyBody: TObject = body({});

/** Commands that need a reason. */
export const reasonBody: TObject<{ reason: TString }> = body({ reason: text(500) });

/** A command has no parameters: one that is not understood must not be overlooked. */
export const noParameters: TObject = body({});
