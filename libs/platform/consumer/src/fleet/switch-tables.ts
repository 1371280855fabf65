/**
 * Tables change places, and with them positions, versions and parked events: in the transaction of a meeting, so that
 * both stand at the same place, and no batch is under way.
 *
 *     next:       previous ─▶ dropped      live ─▶ previous      next ─▶ live
 *     previous:   live ─▶ previous         previous ─▶ live
 *
 * Members of the live group that wait for their position do not find it, are fenced, and begin where the new live one
 * stands. Readers look the table up by its name: those that come meanwhile wait for the commit and read the other one.
 * The locks that stop readers come last, and are waited for only so long: a long read would make all later ones wait.
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { Transaction } from '@millrace/postgres';

import type { FleetParts } from './fleet-parts.ts';
import { forgetGroup, renameGroup } from './group-progress.ts';
import type { Meetings } from './meeting.ts';
import { tableOf } from './next-table.ts';
import { assertNotBehind } from './not-behind.ts';
import { groupOf, schemaOf, type Side } from './side.ts';

// SQLSTATE lock_not_available.
const LOCK_TIMEOUT = '55P03';
const TRIES = 20;
const TRY_AGAIN_MS = 500;

/**
 * Makes a side the live one.
 * @throws MillraceError `REBUILD_REFUSED` when the side lacks what the live one has; pg's DatabaseError `55P03` when a
 * reader holds the table for very long. Nothing has changed then.
 */
export async function switchTables(parts: FleetParts, side: 'next' | 'previous', meetings: Meetings): Promise<void> {
  await meetings.snapshot((snapshot) => assertNotBehind(snapshot, parts, side));
  for (let tries = TRIES; ; tries -= 1) {
    try {
      return await meetings.meet((transaction) => (side === 'next' ? goForward : goBack)(transaction, parts));
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_TIMEOUT || tries <= 1) throw error;
      await delay(TRY_AGAIN_MS);
    }
  }
}

async function goForward(transaction: Transaction, { projection }: FleetParts): Promise<void> {
  const [live, next, previous] = groupsOf(projection);
  await forgetGroup(transaction, previous);
  await renameGroup(transaction, live, previous);
  await renameGroup(transaction, next, live);
  await copyVersion(transaction, { in: 'groups', from: live, to: previous });
  await copyVersion(transaction, { in: 'rebuilds', from: live, to: live });
  await transaction.query('delete from consumer.rebuilds where consumer_group = $1', [live]);
  await transaction.query(`set local lock_timeout = '1s'`);
  await transaction.query(`drop table if exists ${tableOf(projection, 'previous')}`);
  await transaction.query(`alter table ${tableOf(projection, 'live')} set schema ${schemaOf('previous')}`);
  await transaction.query(`comment on table ${tableOf(projection, 'next')} is null`);
  await transaction.query(`alter table ${tableOf(projection, 'next')} set schema ${schemaOf('live')}`);
}

async function goBack(transaction: Transaction, { projection }: FleetParts): Promise<void> {
  const [live, , previous] = groupsOf(projection);
  const between = `${live}.between`;
  await renameGroup(transaction, live, between);
  await renameGroup(transaction, previous, live);
  await renameGroup(transaction, between, previous);
  await copyVersion(transaction, { in: 'groups', from: live, to: between });
  await copyVersion(transaction, { in: 'groups', from: previous, to: live });
  await copyVersion(transaction, { in: 'groups', from: between, to: previous });
  await transaction.query('delete from consumer.groups where consumer_group = $1', [between]);
  const table = tableOf(projection, 'live').slice(schemaOf('live').length);
  await transaction.query(`set local lock_timeout = '1s'`);
  await transaction.query(`alter table ${tableOf(projection, 'live')} set schema read_model_between`);
  await transaction.query(`alter table ${tableOf(projection, 'previous')} set schema ${schemaOf('live')}`);
  await transaction.query(`alter table read_model_between${table} set schema ${schemaOf('previous')}`);
}

function groupsOf(projection: FleetParts['projection']): [live: string, next: string, previous: string] {
  const of = (side: Side) => groupOf(projection, side);
  return [of('live'), of('next'), of('previous')];
}

type VersionMove = { readonly in: 'groups' | 'rebuilds'; readonly from: string; readonly to: string };

/** Notes which definition made the table of a group; whether the group is paused stays as it is. */
async function copyVersion(transaction: Transaction, { in: table, from, to }: VersionMove): Promise<void> {
  await transaction.query(
    `insert into consumer.groups (consumer_group, projection_version)
     values ($1, coalesce((select projection_version from consumer.${table} where consumer_group = $2), 1))
     on conflict (consumer_group) do update set projection_version = excluded.projection_version`,
    [to, from],
  );
}
