export { given, specContext } from './given.ts';
export { givenSaga, told } from './given-saga.ts';
export { recorded } from './recorded.ts';
