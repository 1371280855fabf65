export { EMAIL, LONGEST_EMAIL } from './email.ts';
export { LONGEST_NAME_PART, NAME_PART } from './legal-name.ts';
export { type Person, person, type PersonRejection } from './person.ts';
