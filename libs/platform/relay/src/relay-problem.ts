/** Why rows do not reach Kafka, or not all of them; the label of the metric `millrace_relay_problem`. */
export const relayCauses = [
  'connect_unreachable',
  'connector_absent',
  'connector_failed',
  'slot_missing',
  'slot_lost',
  'slot_advanced',
  'publication_drift',
  'slot_unread',
  'slot_behind',
  'topic_missing',
  'store_went_back',
  'poison_row',
  'canary_late',
] as const;

/** One of `relayCauses`. */
export type RelayCause = (typeof relayCauses)[number];

/** What is wrong, for programs and, with the facts, for people. */
export type RelayProblem = { readonly cause: RelayCause; readonly detail: string };
