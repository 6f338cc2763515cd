import { Inject, Injectable } from '@nestjs/common';
import { registryDecider, type Directory, type GridTreeEnvironment, type KnownStaff, type RegistryEnvironment } from '@gridcase/domain';
import type { DomainEvent, Rejection } from '@gridcase/events';
import type { Accepted, EventStore } from '@gridcase/event-store';
import type { CommandCall, CommandReply } from '@gridcase/platform';
import { Commands, EVENT_STORE, LiveDirectory, ProblemError } from '@gridcase/service';

const DIRECTORY_WAIT_MS = 5_000;

/** Where the registry's commands are decided: on their stream, folded as the directory folds it. */
@Injectable()
export class RegistryDesk {
  constructor(private readonly commands: Commands, private readonly directory: LiveDirectory, @Inject(EVENT_STORE) private readonly store: EventStore) {}

  execute(stream: string, call: CommandCall, decide: (state: Directory, env: RegistryEnvironment) => DomainEvent[] | Rejection, result?: (accepted: Accepted) => Record<string, unknown>): Promise<CommandReply> {
    return this.commands.execute(stream, registryDecider, call, (state, context) => decide(state, { actor: context.actor, at: context.occurredAt }), { result });
  }

  /** For commands on grids: they name people and units, which stand in another stream. */
  async executeOnGrids(stream: string, district: string, call: CommandCall, decide: (state: Directory, env: GridTreeEnvironment) => DomainEvent[] | Rejection, result?: (accepted: Accepted) => Record<string, unknown>): Promise<CommandReply> {
    // Who was registered a moment ago counts.
    if (!(await this.directory.waitFor(await this.store.head(), DIRECTORY_WAIT_MS))) throw new ProblemError({ code: 'READ_MODEL_BEHIND' });
    return this.execute(stream, call, (state, env) => decide(state, { ...env, staff: this.staffOf(district) }), result);
  }

  private staffOf(district: string): KnownStaff {
    return this.directory.district(district) ?? { people: new Map(), units: new Map() };
  }
}
