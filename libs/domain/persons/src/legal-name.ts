import type { LegalNameParts } from '@millrace/contracts/persons';

/** Longest part of a name, in characters. */
export const LONGEST_NAME_PART = 100;

/**
 * What each part of a legal name is: trimmed, on one line, with at least one letter. A regular expression with flag `u`,
 * as text, so that whoever describes a name from outside can use the same.
 */
export const NAME_PART = '^(?!\\s)(?=.*\\p{L})[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]*(?<!\\s)$';

const namePart = new RegExp(NAME_PART, 'u');

/** Whether a text can be one part of a name. */
export function isNamePart(text: string): boolean {
  return namePart.test(text) && [...text].length <= LONGEST_NAME_PART;
}

/** First part of a name that cannot be one; a legal name validates itself by this. */
export function malformedPart(name: LegalNameParts): keyof LegalNameParts | undefined {
  const { givenName, middleName, familyName } = name;
  if (!isNamePart(givenName)) return 'givenName';
  if (middleName !== null && !isNamePart(middleName)) return 'middleName';
  return isNamePart(familyName) ? undefined : 'familyName';
}

/** Whether two names are the same. */
export function sameName(left: LegalNameParts, right: LegalNameParts): boolean {
  return (
    left.givenName === right.givenName && left.middleName === right.middleName && left.familyName === right.familyName
  );
}
