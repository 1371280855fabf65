/** Longest address that mail can be sent to (RFC 5321). */
export const LONGEST_EMAIL = 254;

/** What an address is made of. Only a message that arrives proves more. A regular expression with flag `u`, as text. */
export const EMAIL = '^[^\\s@\\p{Cc}\\p{Cs}]+@[^\\s@\\p{Cc}\\p{Cs}]+$';

const email = new RegExp(EMAIL, 'u');

/** Whether a text can be an email address. */
export function isEmail(text: string): boolean {
  return [...text].length <= LONGEST_EMAIL && email.test(text);
}
