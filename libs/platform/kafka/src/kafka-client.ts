/** The kafkajs client with our timeouts and our log. */
import './request-queue-timer.ts';

import net from 'node:net';

import { MillraceError } from '@millrace/core';
import type { Logger } from '@millrace/telemetry';
import { type Admin, type ISocketFactory, Kafka, type LogEntry, logLevel } from 'kafkajs';

/** Which brokers, and how this process calls itself there. */
export type KafkaAddress = { readonly brokers: readonly string[]; readonly clientId?: string };

// Five tries in about three seconds ride out a change of leader. An outage is left to whoever started the consumer.
const retry = { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: async () => false };

const KEEP_ALIVE_MS = 60_000;

/**
 * A client; it connects when used.
 * @param onConnectionEnded told of each connection that has ended, before the next one brings anything. kafkajs dials again
 * and says nothing.
 */
export function kafkaClient(
  { brokers, clientId = 'millrace' }: KafkaAddress,
  logger?: Logger,
  onConnectionEnded?: () => void,
): Kafka {
  return new Kafka({
    ...(onConnectionEnded && { socketFactory: watchedSockets(onConnectionEnded) }),
    brokers: [...brokers],
    clientId,
    connectionTimeout: 5_000,
    // The longest request waits half a second for records; a rebalance brings a time limit of its own.
    requestTimeout: 15_000,
    retry,
    logLevel: logger ? logLevel.INFO : logLevel.NOTHING,
    logCreator: () => (entry) => logger && writeLog(logger, entry),
  });
}

/** Connections as kafkajs makes them itself. */
function watchedSockets(onEnded: () => void): ISocketFactory {
  return ({ host, port, onConnect }) =>
    net.connect({ host, port }, onConnect).setKeepAlive(true, KEEP_ALIVE_MS).once('close', onEnded);
}

// What kafkajs calls errors is what it retries by itself: coordinators that load, groups that rebalance, connections
// that broke. What it gives up on ends the consumer, and whoever runs the consumer logs that as an error.
function writeLog(logger: Logger, { log, label, namespace }: LogEntry): void {
  const { message, timestamp: _timestamp, logger: _logger, ...facts } = log;
  logger.debug({ kafka: { label, namespace, ...facts } }, message);
}

/**
 * Runs `work` with a connected admin client and closes it.
 * @throws MillraceError `KAFKA_UNAVAILABLE`
 */
export async function withAdmin<T>(address: KafkaAddress, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(address).admin();
  try {
    await admin.connect();
    return await work(admin);
  } catch (error) {
    throw unavailable(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** An error of kafkajs as `KAFKA_UNAVAILABLE`; our own errors as they are. */
export function unavailable(error: unknown): unknown {
  if (!(error instanceof Error) || !error.name.startsWith('KafkaJS')) return error;
  return new MillraceError('KAFKA_UNAVAILABLE', `Kafka is unavailable: ${error.message}`, { cause: error });
}

/**
 * A 64-bit number of the protocol. Offsets past 2^53 would lose digits in silence.
 * @throws RangeError
 */
export function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a JavaScript number exactly`);
  return value;
}
