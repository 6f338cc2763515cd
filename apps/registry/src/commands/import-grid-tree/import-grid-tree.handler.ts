import { Injectable } from '@nestjs/common';
import { gridTreeStream, importGridTree, type ImportGridTree } from '@gridcase/domain';
import type { Grid, StoredEvent } from '@gridcase/events';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { RegistryDesk } from '../registry-desk';

/** @rule X10 Z7 Z8 H2 X4 */
@HandlesCommand('ImportGridTree')
@Injectable()
export class ImportGridTreeHandler implements CommandHandlerFor<ImportGridTree> {
  constructor(private readonly desk: RegistryDesk) {}

  execute(call: CommandCall<ImportGridTree>): Promise<CommandReply> {
    const { district } = call.body;
    return this.desk.executeOnGrids(gridTreeStream(district), district, call, (state, env) => importGridTree(call.body, state, env), ({ events }) => summary(events));
  }
}

function summary(events: readonly StoredEvent[]): Record<string, unknown> {
  const grids: { grid: Grid; changed?: string[] }[] = events.flatMap((event) => (event.type === 'GridTreeImported' ? event.data.grids : event.data.grid ? [event.data] : []));
  const officers = events.reduce((count, event) => count + (event.type === 'GridTreeImported' ? event.data.officers.length : event.type === 'OfficerAssigned' ? 1 : 0), 0);
  return {
    registered: grids.filter(({ changed }) => !changed).length, adjusted: grids.filter(({ changed }) => changed).length, officers,
    /** Flagged, not refused (Z8). */
    unusualSize: grids.filter(({ grid }) => grid.unusualSize).map(({ grid }) => grid.code),
  };
}
