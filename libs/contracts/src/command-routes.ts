import type { Command } from '@millrace/core';

/**
 * How the commands of an aggregate are reached over HTTP: `create` is `POST /v1/<plural>`, any other verb is
 * `POST /v1/<plural>/{id}/<verb>`. Leaving a command out does not compile.
 */
export type CommandRoutes<C extends Command> = {
  readonly aggregateType: string;
  readonly plural: string;
  /** Field of every command's data that holds the aggregate's id. */
  readonly idField: string;
  readonly verbs: Readonly<Record<C['type'], string>>;
};
