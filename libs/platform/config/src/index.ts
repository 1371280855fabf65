export { envExample } from './env-example.ts';
export { type Config, type Environment, loadConfig } from './load-config.ts';
export { type Variable, type VariableName, variables } from './variables.ts';
