import { commandOwners, type Service } from '@gridcase/events';
import type { AppendOutcome, CommandHandlerOptions } from '@gridcase/event-store';
import type { Metrics } from '@gridcase/platform';

/** `repeated`: the first answer, given again. `refused`: by a rule. `failed`: the store could not, or a mistake of the program. */
export type CommandResult = 'accepted' | 'repeated' | 'refused' | 'failed';

export interface CommandMetrics {
  /** `command` is the type of a command of ours, never what a caller made up. */
  decided(command: string, outcome: CommandResult): void;
  appended: NonNullable<CommandHandlerOptions['onAppend']>;
}

const RESULTS: readonly CommandResult[] = ['accepted', 'repeated', 'refused', 'failed'];
const OUTCOMES: readonly AppendOutcome[] = ['appended', 'repeated', 'conflict', 'unknown', 'failed'];

/** Every decision on a stream, whoever asked for it (a call, a timer, a reactor), and every try to append what was decided. */
export function commandMetrics(metrics: Metrics | undefined, service: Service): CommandMetrics {
  if (!metrics) return { decided: () => undefined, appended: () => undefined };
  const commands = metrics.counter('commands_total', 'Commands decided, by what came of them', ['command', 'outcome']);
  const conflicts = metrics.counter('append_conflicts_total', 'Appends that came second to another one: read and decided again');
  const seconds = metrics.histogram('append_seconds', 'Time of an append to the event store, waiting for its turn included', ['outcome']);
  // There from the start: the first failure would not show as an increase otherwise.
  for (const [command, owner] of Object.entries(commandOwners)) if (owner === service) for (const outcome of RESULTS) commands.inc({ command, outcome }, 0);
  for (const outcome of OUTCOMES) seconds.zero({ outcome });
  return {
    decided: (command, outcome) => commands.inc({ command, outcome }),
    appended: ({ outcome, durationMs }) => {
      seconds.observe({ outcome }, durationMs / 1_000);
      if (outcome === 'conflict') conflicts.inc();
    },
  };
}
