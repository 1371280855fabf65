import { type EventCatalogue, type EventDefinition, MillraceError } from '@millrace/core';

import type { AvroRecord } from './avro-schema.ts';
import { compatibilityProblems } from './compatibility.ts';
import type { RegisteredSchema } from './event-encoder.ts';
import { COMPATIBILITY, RegistryClient } from './registry-client.ts';
import { describeProblem } from './schema-problem.ts';
import { subjectOf } from './subject.ts';

/** What `registerSchemas` needs. */
export type Registration = { readonly registryUrl: string; readonly catalogues: readonly EventCatalogue[] };

/**
 * Registers every version of every event under its subject, in order, where it is not there yet, and sets the subject
 * to FULL_TRANSITIVE. A step of the deployment, never of a running app. Running it again changes nothing.
 * @returns the ids of all versions, the rows of `outbox.schema_ids`
 * @throws MillraceError `SCHEMA_INCOMPATIBLE` with a line per reason; `REGISTRY_UNAVAILABLE`
 */
export async function registerSchemas({ registryUrl, catalogues }: Registration): Promise<RegisteredSchema[]> {
  const registry = new RegistryClient(registryUrl);
  const rows: RegisteredSchema[] = [];
  for (const definition of catalogues.flatMap(({ definitions }) => definitions)) {
    rows.push(...(await registerVersions(registry, definition)));
  }
  return rows;
}

async function registerVersions(registry: RegistryClient, definition: EventDefinition): Promise<RegisteredSchema[]> {
  const schemas = Object.values(definition.schemas) as AvroRecord[];
  refuseIncompatible(schemas);
  const subject = subjectOf(definition.topic, schemas[0] ?? {});
  // Before the first version: a new subject would take the level of the registry, which may be none.
  await ensureCompatibility(registry, subject);
  const registered = (await registry.versions(subject)).length;
  const rows: RegisteredSchema[] = [];
  for (const [index, schema] of schemas.entries()) {
    const known = await registry.schemaId(subject, schema);
    if (known === undefined && index < registered) throw changedVersion(subject, index + 1);
    rows.push({ subject, eventVersion: index + 1, schemaId: known ?? (await registry.register(subject, schema)) });
  }
  return rows;
}

async function ensureCompatibility(registry: RegistryClient, subject: string): Promise<void> {
  if ((await registry.compatibility(subject)) === COMPATIBILITY) return;
  await registry.setCompatibility(subject, COMPATIBILITY);
}

function refuseIncompatible(schemas: readonly AvroRecord[]): void {
  const versions = schemas.map((schema, index) => ({ version: index + 1, schema }));
  const problems = versions.flatMap((newer, index) => compatibilityProblems(versions.slice(0, index), newer));
  if (problems.length === 0) return;
  throw new MillraceError('SCHEMA_INCOMPATIBLE', problems.map(describeProblem).join('\n'), { facts: { problems } });
}

function changedVersion(subject: string, version: number): MillraceError {
  const message = `version ${version} of ${subject} is registered with another content: a registered version never changes, add a new one`;
  return new MillraceError('SCHEMA_INCOMPATIBLE', message, { facts: { subject, version } });
}
