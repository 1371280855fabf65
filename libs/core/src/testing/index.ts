export { given, specContext } from './given.ts';
