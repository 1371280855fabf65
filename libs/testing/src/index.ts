export { eventually, type Patience } from './eventually.ts';
export { type ReplicatedPostgres, startReplicatedPostgres } from './replicated-postgres.ts';
export { createTestDatabase, type TestDatabase, type TestRole } from './test-database.ts';
export { type TestServices, testServices } from './test-services.ts';
