/** Breaks an embedded stack on purpose, and checks from outside that it kept its promises. */
import { runAsked } from './run-asked.ts';

process.exitCode = await runAsked(process.argv.slice(2));
