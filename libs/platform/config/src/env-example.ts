import { type Variable, variables } from './variables.ts';

/** Text of `.env.example`: every variable with its description, its default as the value, required ones empty. */
export function envExample(): string {
  const entries = Object.entries(variables).map(([name, definition]: [string, Variable]) => {
    const need = definition.default === undefined ? 'Required by the apps that use it.' : 'Optional.';
    return `# ${definition.description} ${need}\n${name}=${definition.default ?? ''}\n`;
  });
  return ['# Made from libs/platform/config/src/variables.ts by `npm run generate`.\n', ...entries].join('\n');
}
