import type { CommandRoutes } from '@millrace/contracts/topology';
import type { Command, Decider, DomainEvent } from '@millrace/core';
import type { Caller } from '@millrace/http';
import type { TObject, TString } from 'typebox';

/** How one command comes over HTTP. */
export type CommandApi = {
  /**
   * The data of the command without the id of its aggregate. A field that the client may leave out says its value by
   * `default` (`Type.Optional(…, { default: … })`): the command always has it.
   */
  readonly body: TObject;
  /** Roles, one of which the sender must have; default `commandRoles(plural)`. */
  readonly access?: readonly string[];
};

/** All that an aggregate type needs to be commanded over HTTP. Leaving a command out does not compile. */
export type AggregateApi<C extends Command = Command> = {
  readonly decider: Decider<unknown, C, DomainEvent>;
  readonly routes: CommandRoutes<C>;
  readonly commands: Readonly<Record<C['type'], CommandApi>>;
  /** Which ids there may be; default `id` of `body-schemas.ts`. */
  readonly id?: TString;
  /**
   * Tenant whose stream a command is for, where that is not simply the caller's.
   * @throws HttpProblem to refuse the caller
   */
  tenantOf?(caller: Caller, aggregateId: string): string;
};
