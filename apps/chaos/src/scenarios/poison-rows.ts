/** Rows by hand that would stop the relay for every tenant: 24 of the list. */
import type { Scenario } from './scenario.ts';

const COMMANDS = 15;
const CHECK_VIOLATION = '23514';

/** SQL: a copy of some row of the outbox, with changes. */
function copyWith(changes: string): string {
  return `insert into outbox.outbox_messages (id, topic, key, type, payload, occurred_at, ce_source, ce_subject, ce_time, ce_dataschema,
         ce_tenantid, ce_aggregatetype, ce_aggregateversion, ce_eventversion, ce_correlationid, ce_causationid, ce_userid, ce_sessionid,
         ce_epoch, traceparent)
       select gen_random_uuid(), coalesce(x.topic, m.topic), case when x.no_key then '' else m.key end, type, coalesce(x.payload, m.payload), occurred_at,
         ce_source, ce_subject, ce_time, ce_dataschema, ce_tenantid, ce_aggregatetype, ce_aggregateversion, ce_eventversion,
         ce_correlationid, ce_causationid, ce_userid, ce_sessionid, ce_epoch, traceparent
       from (select * from outbox.outbox_messages limit 1) m, (select ${changes}) x`;
}

const noPayload = 'null::bytea as payload';
const nowhere = copyWith(`'nowhere.events.v1' as topic, false as no_key, ${noPayload}`);
const poisons = {
  'unknown topic': nowhere,
  'no key': copyWith(`null as topic, true as no_key, ${noPayload}`),
  'two megabytes': copyWith(`null as topic, false as no_key, convert_to(repeat('x', 2000000), 'UTF8') as payload`),
};

/** They must not get in. */
export const poisonRows: Scenario = {
  name: 'poison-rows-refused',
  numbers: [24],
  about: 'outbox rows that would stop the connector are inserted by hand, and refused',
  async inject({ chaos, load, fault }) {
    for (const [name, sql] of Object.entries(poisons)) {
      const answer = await chaos.stack.database.query(sql).then(
        () => 'taken',
        (error: { code?: string }) => error.code,
      );
      if (answer !== CHECK_VIOLATION) throw new Error(`an outbox row with ${name} was not refused: ${answer}`);
      fault(name);
    }
    await load.untilMore(COMMANDS);
  },
};

/** Where somebody has taken the constraint away, one gets in, and must be taken out again. */
export const poisonForced: Scenario = {
  name: 'poison-row-forced',
  numbers: [24],
  about: 'a row for a topic that does not exist gets into the outbox, past its constraint',
  destroys: true,
  replays: true,
  recoverWithinMs: 300_000,
  notice: { services: ['relay-supervisor'], causes: ['poison_row', 'quarantined', 'topic_missing'] },
  async inject({ chaos, load, fault }) {
    const { database } = chaos.stack;
    await database.query('alter table outbox.outbox_messages drop constraint outbox_messages_topic_exists');
    await database.query(nowhere);
    fault('row for an unknown topic');
    await load.untilMore(COMMANDS);
  },
};
