import type { CommandOutcome, SentCommand } from '@millrace/command-handling';
import { type Handler, HandlerRegistry, isMillraceError } from '@millrace/core';
import type { Counter, Histogram, Metrics } from '@millrace/telemetry';

/** Name of a command, and what it is for. */
export type CommandKind = { readonly name: string; readonly aggregateType: string };

/** Sends commands by name: one handler each. Counts and times them by name and outcome, and tells how long aggregates are. */
export class CommandBus {
  readonly #handlers = new HandlerRegistry<SentCommand, CommandOutcome>('command');
  readonly #commands: Counter<'command' | 'outcome'>;
  readonly #seconds: Histogram<'command' | 'outcome'>;
  readonly #versions: Histogram<'aggregate_type'>;
  readonly #aggregateTypes = new Map<string, string>();

  constructor(metrics: Metrics) {
    this.#commands = metrics.counter({
      name: 'millrace_commands_total',
      help: 'Commands by what became of them.',
      labels: ['command', 'outcome'],
    });
    this.#seconds = metrics.histogram({
      name: 'millrace_command_seconds',
      help: 'Duration of a command by what became of it.',
      labels: ['command', 'outcome'],
    });
    this.#versions = metrics.histogram({
      name: 'millrace_aggregate_version',
      help: 'Version of an aggregate after an accepted command: the length of its stream.',
      labels: ['aggregate_type'],
      buckets: [1, 2, 5, 10, 25, 50, 100, 200, 500, 1_000, 5_000],
    });
  }

  /** @throws MillraceError `DUPLICATE_HANDLER` */
  register({ name, aggregateType }: CommandKind, handler: Handler<SentCommand, CommandOutcome>): void {
    this.#handlers.register(name, handler);
    this.#aggregateTypes.set(name, aggregateType);
  }

  /** @throws MillraceError `UNKNOWN_HANDLER`, and what the handler throws */
  async send(sent: SentCommand): Promise<CommandOutcome> {
    const command = sent.command.type;
    const timed = this.#seconds.startTimer({ command });
    const ended = (outcome: string) => {
      timed({ outcome });
      this.#commands.inc({ command, outcome });
    };
    try {
      const outcome = await this.#handlers.dispatch(command, sent);
      ended(nameOf(outcome));
      if (outcome.outcome === 'accepted') {
        const aggregate_type = this.#aggregateTypes.get(command) ?? '';
        this.#versions.observe({ aggregate_type }, outcome.acknowledgment.version);
      }
      return outcome;
    } catch (error) {
      ended(isMillraceError(error) ? error.code.toLowerCase() : 'failed');
      throw error;
    }
  }
}

function nameOf(outcome: CommandOutcome): string {
  if (outcome.outcome === 'accepted' && outcome.replayed) return 'replayed';
  return outcome.outcome.replace('-', '_');
}
