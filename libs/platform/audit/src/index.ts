export { type AuditedBatch, AuditHandler, type AuditHandlerParts } from './audit-handler.ts';
export { type AuditCheck, AuditMetrics } from './audit-metrics.ts';
export { AuditRounds, type AuditRoundsParts, type GroupRound, type SweepRound } from './audit-rounds.ts';
export { type AuditedTopic, AUDITOR_GROUP } from './audited-topic.ts';
export {
  CANARY_LATE_SECONDS,
  type CanaryAge,
  canaryAges,
  type CanarySource,
  isLate,
  purgeCanaries,
  sendCanaries,
} from './canaries.ts';
export {
  countOpenFindings,
  type Finding,
  type FindingFilter,
  type FindingKind,
  findingKinds,
  openFindings,
  resolveFindings,
  type StoredFinding,
  writeFindings,
} from './findings.ts';
export { type GroupSweepReport, hasReadAll, sweepGroup } from './group-sweep.ts';
export { type Horizon, HorizonWatch } from './horizon.ts';
export { forgetSeen, forgetTopic } from './log-continuity.ts';
export { type EventRef, type HealReport, MOST_HOLES, reemitHoles, type Republisher } from './reemit-holes.ts';
export { type RowSampleParts, type RowSampleReport, sampleRows } from './row-sample.ts';
