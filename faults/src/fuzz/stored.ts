import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { asAdmin } from '../cases/as-admin';
import type { PlatformUnderTest } from '../platform/under-test';

/** Rows of every table of every service, files of evidence. */
export async function storedCounts(platform: PlatformUnderTest): Promise<Map<string, number>> {
  const counts = await asAdmin(platform, 'event-store', async (client) => {
    const { rows } = await client.query<{ name: string }>(`select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by 1`);
    const counted = new Map<string, number>();
    for (const { name } of rows) counted.set(name, Number((await client.query<{ n: string }>(`select count(*) n from ${name}`)).rows[0]!.n));
    return counted;
  });
  const evidence = join(platform.toolsEnv['GRIDCASE_DATA_DIR']!, 'evidence');
  return counts.set('files of evidence', existsSync(evidence) ? readdirSync(evidence, { recursive: true }).length : 0);
}

export const differences = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name)).map((name) => `${name}: ${before.get(name) ?? 'absent'} before, ${after.get(name) ?? 'absent'} after`);

export interface OnRecord { position: bigint; stream: string; revision: number; type: string; commandId: string; correlationId: string }
export const recordedAfter = (platform: PlatformUnderTest, position: bigint): Promise<OnRecord[]> => asAdmin(platform, 'event-store', async (client) =>
  (await client.query<Omit<OnRecord, 'position'> & { position: string }>(`select position, stream, revision, type, metadata->>'commandId' "commandId", metadata->>'correlationId' "correlationId" from event_store.events where position > $1 order by position`, [String(position)])).rows.map((row) => ({ ...row, position: BigInt(row.position) })));
