/** Measures the platform against what Postgres and other event stores do on the same machine in the same minutes. */
import { runAsked } from './run-asked.ts';

process.exitCode = await runAsked(process.argv.slice(2), process.env);
