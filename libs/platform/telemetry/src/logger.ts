import { destination, type DestinationStream, type Level, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

const STDOUT = 1;

/**
 * Logger of a process: one JSON object per line on standard output, with an ISO `time`, the `level` as a word and the
 * `service`. Children carry `correlationId`, `tenantId`, `traceId` and `spanId` where those are known.
 * Authorization headers and tokens never appear.
 * @param options.destination where the lines go, for specs; standard output by default
 */
export function createLogger(options: { service: string; level?: string; destination?: DestinationStream }): Logger {
  const settings = {
    level: (options.level ?? 'info') as Level,
    base: { service: options.service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: ['authorization', '*.authorization', '*.*.authorization', 'token', '*.token'],
  };
  // Synchronous, so that the last lines of a process that exits are written, and in order.
  return pino(settings, options.destination ?? destination({ dest: STDOUT, sync: true }));
}
