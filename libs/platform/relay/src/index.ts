export { ConnectClient, type ConnectorState } from './connect-client.ts';
export { CONNECTOR_NAME, CONNECTOR_TOPICS, connectorConfig, type ConnectorEnvironment } from './connector-config.ts';
export { diagnose } from './diagnosis.ts';
export { findMissing, type MissingReport, type MissingSearch, relayHasPassed } from './missing-events.ts';
export { findPoisonRows, type PoisonRow, poisonText } from './poison-row.ts';
export { relayPreflight } from './preflight.ts';
export { type RelayFacts, RelayObserver } from './relay-facts.ts';
export { holdRelay, readHold, type RelayHold, releaseRelay, unrecoveredRestore } from './relay-hold.ts';
export {
  relayActions,
  RelayKeeper,
  type RelayKeeperOptions,
  type RelayRepair,
  type RelayReport,
} from './relay-keeper.ts';
export { type RelayCause, relayCauses, type RelayProblem } from './relay-problem.ts';
export { type RelayTopicPlan, type RelayTopics, relayTopics, relayTopicSpecs } from './relay-topics.ts';
export { quarantine, replaceSlot } from './replace-slot.ts';
export {
  type EventRef,
  type RefusedEvent,
  republishAtRate,
  type Republisher,
  republishEvents,
  republishOutboxRows,
  type RepublishReport,
} from './republish.ts';
export { dropSlot, ensureSlot, lsnNumber, readSlot, SLOT_NAME, type SlotState } from './slot.ts';
