export { ConnectClient, type ConnectorState } from './connect-client.ts';
export { CONNECTOR_NAME, CONNECTOR_TOPICS, connectorConfig, type ConnectorEnvironment } from './connector-config.ts';
export { relayPreflight } from './preflight.ts';
export { RelayKeeper, type RelayKeeperOptions, type RelayReport, type RelayVerdict } from './relay-keeper.ts';
export { dropSlot, ensureSlot, readSlot, SLOT_NAME, type SlotState } from './slot.ts';
