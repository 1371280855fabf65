export { type ListedPerson, listPersons, type PersonFilter } from './person-lists.ts';
