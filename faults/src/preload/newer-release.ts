/**
 * Loaded into a process before anything of its own (`node --require`): makes it a newer release, if a file in `FAULTS_RELEASE_DIR` is named after it, or
 * `all`. The newer release has an event type that this one does not know, `CaseAppraised`, and writes `UnitPhoned` in version 2.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { catalogue, define, publicEvents, upcasterRegistry, type EventDefinition, type PublicEvent, type Upcast } from '@gridcase/events';
import { z } from 'zod';

type Open<T> = Record<string, T>;
type Evolve = (state: unknown, event: { type: string }) => unknown;
interface CaseStateModule { evolveCase: Evolve; caseDecider: { evolve: Evolve } }

function becomeNewer(): void {
  (catalogue as Open<EventDefinition>)['CaseAppraised'] = define('case', 'CaseAppraised', z.object({ words: z.string(), clocks: z.array(z.never()) }));
  (catalogue as Open<EventDefinition>)['UnitPhoned']!.version = 2;
  (upcasterRegistry as Open<Record<number, Upcast>>)['UnitPhoned'] = { 1: (data: object) => data };
  (publicEvents as Open<PublicEvent>)['UnitPhoned']!.stored = 2;
  // Before the rest of the domain takes it up.
  const caseState = createRequire(__filename)(join(dirname(require.resolve('@gridcase/domain')), 'case/case-state.js')) as CaseStateModule;
  const { evolveCase } = caseState;
  caseState.evolveCase = caseState.caseDecider.evolve = (state, event) => (event.type === 'CaseAppraised' ? state : evolveCase(state, event));
}

const dir = process.env['FAULTS_RELEASE_DIR'];
if (dir && [basename(process.argv[2] ?? ''), 'all'].some((name) => name && existsSync(join(dir, name)))) becomeNewer();
