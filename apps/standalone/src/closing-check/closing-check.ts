/** One closing check for every case and for operators: `gridcase audit check`, and in-process for fault tests. */
import type { Pool } from 'pg';
import type { Service } from '@gridcase/events';
import { schemaOf } from '@gridcase/service';
import type { Tools } from '../cli-tools';
import { readers } from '../owned-tables';
import { ClocksCheck, type ClocksOptions } from './clocks.section';
import { CommandsCheck } from './commands.section';
import { checkEffects, type EffectsOptions } from './effects.section';
import type { Acknowledged } from './journals';
import { checkParked } from './parked.section';
import { checkReadModels } from './read-models.section';
import { checkRecordSection } from './record.section';
import { sectionNames, type OnProgress, type SectionName, type SectionReport } from './report';
import { walkRecord } from './walk-record';

export type CheckedPlatform = Pick<Tools, 'store' | 'densePositions' | 'poolOf'>;

export interface ClosingCheckOptions extends Pick<ClocksOptions, 'now' | 'graceMs'>, Pick<EffectsOptions, 'told' | 'received'> {
  /** Default: all. They run in the order of `sectionNames`. */
  only?: readonly SectionName[];
  /** What callers say was acknowledged. */
  acknowledged?: readonly Acknowledged[];
  /** Findings a section lists; all are counted. */
  findingsMax?: number;
  pageEvents?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
  /** Told as soon as a section is done. */
  onSection?: (report: SectionReport) => void;
}
export interface ClosingReport { ok: boolean; sections: SectionReport[] }

/** @throws ConfigError before anything is looked at, when a chosen section needs a database that is not configured. */
export async function closingCheck(platform: CheckedPlatform, options: ClosingCheckOptions = {}): Promise<ClosingReport> {
  const { only = sectionNames, onSection } = options;
  const pools = poolsFor(only, platform);
  const work: Record<SectionName, () => Promise<SectionReport[]>> = {
    record: async () => [await checkRecordSection(platform.store, { ...options, densePositions: platform.densePositions })],
    // Both in one walk over the record.
    commands: () => checkEvents(platform, only, options),
    clocks: async () => (only.includes('commands') ? [] : checkEvents(platform, only, options)),
    'read-models': async () => [await checkReadModels(platform.store, readersWith(pools), options)],
    effects: async () => [await checkEffects(platform.store, pools.get('dispatch')!, schemaOf('dispatch'), options)],
    parked: async () => [await checkParked(readersWith(pools), options)],
  };
  const sections: SectionReport[] = [];
  for (const name of sectionNames.filter((section) => only.includes(section))) {
    for (const report of await work[name]()) {
      sections.push(report);
      onSection?.(report);
    }
  }
  return { ok: sections.every(({ ok }) => ok), sections };
}

async function checkEvents({ store }: CheckedPlatform, only: readonly SectionName[], options: ClosingCheckOptions): Promise<SectionReport[]> {
  const { acknowledged, findingsMax, pageEvents, signal, onProgress } = options;
  const commands = only.includes('commands') ? new CommandsCheck(acknowledged, findingsMax) : undefined;
  const clocks = only.includes('clocks') ? new ClocksCheck(options) : undefined;
  const head = await store.head();
  await walkRecord(store, { until: head, signal, ...(pageEvents !== undefined && { pageEvents }), onProgress: (position) => onProgress?.({ section: commands && clocks ? 'commands and clocks' : commands ? 'commands' : 'clocks', position, head }) }, (event) => {
    commands?.see(event);
    clocks?.see(event);
  });
  return [...(commands ? [await commands.finish(store, head)] : []), ...(clocks ? [clocks.finish()] : [])];
}

const readersWith = (pools: ReadonlyMap<Service, Pool>) => readers.map((reader) => ({ ...reader, pool: pools.get(reader.service)! }));

/** Of the services whose databases the chosen sections read. */
function poolsFor(only: readonly SectionName[], { poolOf }: CheckedPlatform): Map<Service, Pool> {
  const owners = only.some((section) => section === 'read-models' || section === 'parked') ? readers.map(({ service }) => service) : only.includes('effects') ? ['dispatch' as const] : [];
  return new Map(owners.map((owner) => [owner, poolOf(owner)]));
}
