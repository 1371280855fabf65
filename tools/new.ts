/**
 * Makes what a new part of the system needs, and says what is left to do:
 *
 *     npm run new -- domain invoices                            # from schema to HTTP
 *     npm run new -- event invoices InvoicePaid
 *     npm run new -- projection invoices invoices-by-customer   # read model, table, consumer group
 *     npm run new -- saga dunning-saga invoices InvoiceCreated  # a process that the event starts
 */
import { join } from 'node:path';

import { carryOut } from './new/carry-out.ts';
import { newDomain } from './new/domain.ts';
import { newEvent } from './new/event.ts';
import type { Plan } from './new/plan.ts';
import { newProjection } from './new/projection.ts';
import { newSaga } from './new/saga.ts';

const usage = `Usage: npm run new -- domain <plural>
       npm run new -- event <plural> <EventName>
       npm run new -- projection <plural> <name>
       npm run new -- saga <name> <plural> <EventName>`;

/** What can be made, each by as many names as it takes. */
const generators = new Map<string, (...names: string[]) => Plan>([
  ['domain', newDomain],
  ['event', newEvent],
  ['projection', newProjection],
  ['saga', newSaga],
]);

/** The plan that the arguments ask for; undefined where they ask for none. */
function planOf([kind = '', ...names]: readonly string[]): Plan | undefined {
  const generator = generators.get(kind);
  return generator?.length === names.length ? generator(...names) : undefined;
}

try {
  process.chdir(join(import.meta.dirname, '..'));
  const plan = planOf(process.argv.slice(2));
  if (plan) {
    const { made, changed } = await carryOut(plan);
    const packages = made.filter((path) => path.endsWith('/package.json'));
    const links = packages.length > 0 ? ['npm install: links the new packages into the workspace'] : [];
    console.log(`Made:\n${lines(made)}\nChanged:\n${lines(changed)}\nNext:\n${lines([...links, ...plan.next])}`);
  } else {
    console.error(usage);
    process.exitCode = 2;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `  ${text}`).join('\n');
}
