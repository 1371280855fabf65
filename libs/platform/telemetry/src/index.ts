export { createLogger, type Logger } from './logger.ts';
export {
  type Counter,
  createMetrics,
  type Gauge,
  type Histogram,
  type MetricDefinition,
  type Metrics,
} from './metrics.ts';
export { continueTrace, type TraceContext } from './trace-context.ts';
