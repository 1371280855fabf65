import { readSchemaFolder } from '@millrace/avro';
import { type Environment, loadConfig } from '@millrace/config';
import { stackStatus } from '@millrace/stack';
import { Command } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { type Baseline, gitBaseline, registryBaseline } from '../schema/baseline.ts';
import { checkSchemas } from '../schema/check-schemas.ts';
import { schemaAnswer } from '../schema/schema-answer.ts';
import { schemaPlace } from '../schema/schema-place.ts';

type CheckOptions = { readonly home?: string };

const COMPARED_WITH = `
Compares with the registry of SCHEMA_REGISTRY_URL, else with that of the running stack, else with the last commit.`;

/** `millrace schema`: works on the Avro schemas of a checkout. */
export function schemaCommand(context: CliContext): Command {
  const check = new Command('check')
    .description('refuse schema edits that would break readers or records; tell the field, the rule and the fix')
    .argument('[path]', 'a schemas folder, or a folder or file in one (default: schemas in the checkout)')
    .addOption(homeOption())
    .addHelpText('after', COMPARED_WITH)
    .action((path: string | undefined, options: CheckOptions) => checkPath(context, path, options));
  return new Command('schema').description('work on the Avro schemas of the checkout').addCommand(check);
}

async function checkPath(context: CliContext, path: string | undefined, { home }: CheckOptions): Promise<void> {
  const { root, within } = schemaPlace(path);
  const url = registryUrl(context.environment, home);
  const [folder, baseline] = await Promise.all([readSchemaFolder(root), baselineOf(root, url)]);
  const isMeant = (file: string) => within === '' || file === within || file.startsWith(`${within}/`);
  const files = folder.files.filter(({ path: file }) => isMeant(file));
  const findings = checkSchemas(folder, baseline).filter(({ file }) => isMeant(file));
  context.print(schemaAnswer({ files, findings, comparedWith: baseline.name }));
  context.exitWith(findings.length === 0 ? exitCodes.ok : exitCodes.failed);
}

/** A registry that is known must answer: falling back in silence would pass what it refuses. */
function baselineOf(root: string, url: string | undefined): Promise<Baseline> {
  return url === undefined ? gitBaseline(root) : registryBaseline(url);
}

function registryUrl(environment: Environment, home: string | undefined): string | undefined {
  if (!environment['SCHEMA_REGISTRY_URL']) return stackStatus(chosenHome(home, environment))?.env.SCHEMA_REGISTRY_URL;
  return loadConfig(environment, ['SCHEMA_REGISTRY_URL']).SCHEMA_REGISTRY_URL;
}
