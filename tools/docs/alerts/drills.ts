import type { Drill } from './drill.ts';

const group = 'orders-by-status-projection';

function gauge(alert: string, metric: string, [well, bad]: readonly [number, number]) {
  return { alert, series: { [metric]: `${well}+0x40 ${bad}+0x400` }, quietAt: '10m' };
}

function relayProblem(alert: string, cause: string, firesAt = '11m30s'): Drill {
  return { ...gauge(alert, `millrace_relay_problem{cause="${cause}"}`, [0, 1]), firesAt, labels: { cause } };
}

/** One drill or more for each rule: well for ten minutes, then not. Samples are 15 s apart. */
export const drills: readonly Drill[] = [
  {
    ...gauge('AppDown', 'up{job="millrace",app="command-api",instance="a:1"}', [1, 0]),
    firesAt: '12m',
    labels: { job: 'millrace', app: 'command-api', instance: 'a:1' },
  },
  {
    ...gauge('AppNotReady', 'millrace_health_check{app="query-api",instance="a:1",check="postgres"}', [1, 0]),
    firesAt: '13m',
    labels: { app: 'query-api', instance: 'a:1', check: 'postgres' },
  },
  ...['relay-supervisor', 'auditor'].map((service) => ({
    alert: service === 'auditor' ? 'AuditorSilent' : 'RelaySupervisorSilent',
    series: {
      [`millrace_build_info{service="${service}"}`]: '1+0x40',
      'millrace_build_info{service="gateway"}': '1+0x400',
    },
    quietAt: '14m',
    firesAt: '18m',
    labels: { service },
  })),
  {
    alert: 'CommandsFail',
    series: {
      'http_request_duration_seconds_count{app="command-api",method="POST",status="503"}': '0+0x40 3+3x80',
      'http_request_duration_seconds_count{app="command-api",method="POST",status="422"}': '0+90x120',
      'http_request_duration_seconds_count{app="query-api",method="GET",status="503"}': '0+90x120',
    },
    quietAt: '10m',
    firesAt: '15m',
    labels: {},
  },
  {
    alert: 'AppendConflicts',
    series: { 'millrace_append_conflicts_total{instance="a:1"}': '0+30x40 1500+300x200' },
    quietAt: '20m',
    firesAt: '28m',
    labels: {},
  },
  relayProblem('RelayConnectUnreachable', 'connect_unreachable'),
  relayProblem('RelayConnectorDown', 'connector_absent'),
  relayProblem('RelayConnectorDown', 'connector_failed'),
  relayProblem('RelaySlotLost', 'slot_missing'),
  relayProblem('RelaySlotLost', 'slot_lost'),
  relayProblem('RelaySlotLost', 'slot_advanced'),
  relayProblem('RelaySlotLost', 'publication_drift'),
  relayProblem('RelaySlotUnread', 'slot_unread'),
  { ...gauge('RelaySlotUnread', 'millrace_slot_active', [1, 0]), firesAt: '11m30s', labels: {} },
  relayProblem('RelaySlotBehind', 'slot_behind'),
  {
    ...gauge('RelaySlotLag', 'millrace_slot_lag_bytes{job="millrace"}', [5e6, 2e9]),
    firesAt: '16m',
    labels: { job: 'millrace' },
  },
  relayProblem('RelayTopicMissing', 'topic_missing'),
  relayProblem('RelayStoreWentBack', 'store_went_back', '10m15s'),
  relayProblem('RelayPoisonRow', 'poison_row'),
  {
    alert: 'RelayRepairedOften',
    series: { 'millrace_relay_repairs_total{job="millrace",action="restarted"}': '0+0x40 1+0.1x200' },
    quietAt: '15m',
    firesAt: '30m',
    labels: { job: 'millrace' },
  },
  {
    alert: 'MaintenanceLate',
    series: { 'millrace_maintenance_last_success_timestamp_seconds{job="millrace"}': '0+0x500' },
    quietAt: '1h',
    firesAt: '1h6m',
    labels: { job: 'millrace' },
  },
  {
    ...gauge('OutboxKept', 'millrace_outbox_kept{job="millrace"}', [0, 1]),
    quietAt: '1h',
    firesAt: '1h11m',
    labels: { job: 'millrace' },
  },
  {
    ...gauge('CanaryLate', 'millrace_canary_age_seconds{topic="orders.events.v1"}', [20, 50]),
    firesAt: '11m',
    labels: { topic: 'orders.events.v1' },
  },
  {
    ...gauge('EventsMissing', 'millrace_audit_findings{kind="hole"}', [0, 1]),
    firesAt: '13m',
    labels: { kind: 'hole' },
  },
  {
    ...gauge('AuditFindings', 'millrace_audit_findings{kind="row_drifted"}', [0, 1]),
    firesAt: '13m',
    labels: { kind: 'row_drifted' },
  },
  {
    alert: 'VerificationLate',
    series: { 'millrace_audit_last_success_timestamp_seconds{check="holes"}': '0+0x400' },
    quietAt: '16m',
    firesAt: '21m',
    labels: { check: 'holes' },
  },
  { ...gauge('DeadLetters', `millrace_dead_letters{group="${group}"}`, [0, 1]), firesAt: '16m', labels: { group } },
  {
    alert: 'DeadLettersGrow',
    series: { [`millrace_dead_letters{group="${group}"}`]: '2+0x80 2+1x80' },
    quietAt: '20m',
    firesAt: '26m',
    labels: { group },
  },
  {
    ...gauge('DeadLettersOld', `millrace_dead_letter_oldest_seconds{group="${group}"}`, [0, 86_401]),
    firesAt: '10m15s',
    labels: { group },
  },
  { ...gauge('GroupPaused', `millrace_group_paused{group="${group}"}`, [0, 1]), firesAt: '1h11m', labels: { group } },
  {
    ...gauge('ProjectionLag', `millrace_projection_lag_seconds{group="${group}"}`, [1, 61]),
    firesAt: '13m',
    labels: { group },
  },
  {
    alert: 'ConsumerRestarts',
    series: { [`millrace_consumer_restarts_total{group="${group}"}`]: '0+0x40 0+1x40' },
    quietAt: '10m',
    firesAt: '15m',
    labels: { group },
  },
  {
    ...gauge('ActivityOld', 'millrace_materialized_view_age_seconds{view="activity"}', [60, 601]),
    firesAt: '16m',
    labels: { view: 'activity' },
  },
  {
    alert: 'SagaFailed',
    series: {
      'millrace_saga_instances{saga="hiring-saga",status="failed"}': '3+0x40 4+0x40',
      'millrace_saga_instances{saga="hiring-saga",status="completed"}': '1+1x80',
    },
    quietAt: '10m',
    firesAt: '11m',
    labels: { saga: 'hiring-saga' },
  },
  {
    ...gauge('SagaCommandStuck', 'millrace_saga_oldest_pending_command_seconds{saga="hiring-saga"}', [1, 301]),
    firesAt: '12m',
    labels: { saga: 'hiring-saga' },
  },
  {
    ...gauge('SagaStuck', 'millrace_saga_oldest_running_seconds{saga="hiring-saga"}', [3_600, 2_700_000]),
    firesAt: '10m15s',
    labels: { saga: 'hiring-saga' },
  },
  {
    alert: 'BackupLate',
    series: { 'millrace_backup_last_success_timestamp_seconds{tenant="*"}': '0+0x7000' },
    quietAt: '26h',
    firesAt: '26h16m',
    labels: { tenant: '*' },
  },
  {
    alert: 'BackupFailed',
    series: { 'millrace_backup_failures_total{tenant="*"}': '0+0x40 1+0x40' },
    quietAt: '10m',
    firesAt: '11m',
    labels: { tenant: '*' },
  },
];
