export { type Database, type DatabaseOptions, openDatabase, type Transaction } from './database.ts';
export { migrate } from './migrate.ts';
export { setRolePasswords } from './roles.ts';
