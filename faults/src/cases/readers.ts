import type { PlatformUnderTest } from '../platform/under-test';
import { asAdmin } from './as-admin';

/** Services that read the bus. */
export const READERS = ['intake', 'dispatch', 'sla-monitor', 'assessment'];

export async function restart(platform: PlatformUnderTest, names: readonly string[]): Promise<void> {
  for (const name of names) await stop(platform, name);
  for (const name of names) platform.start(name);
}
export const stop = (platform: PlatformUnderTest, name: string) => platform.isRunning(name) ? platform.kill(name, 'SIGTERM') : undefined;

/** Streams parked now, by processor; only where there are some. */
export async function parkedNow(platform: PlatformUnderTest): Promise<Map<string, number>> {
  const pages = [...(await platform.metrics()).values()];
  const counts = pages.flatMap((text) => [...text.matchAll(/^gridcase_parked_streams\{processor="([^"]+)"[^}]*\} ([1-9]\d*)$/gm)]);
  return new Map(counts.map(([, processor, count]) => [processor!, Number(count)]));
}

/** Position of the last event on record. */
export const headOf = (platform: PlatformUnderTest): Promise<bigint> => asAdmin(platform, 'event-store', async (client) => BigInt((await client.query<{ head: string }>('select coalesce(max(position), 0) as head from event_store.events')).rows[0]!.head));
/** Up to which position the read models of a service are complete. */
export const readUpTo = (platform: PlatformUnderTest, service: string): Promise<bigint> =>
  asAdmin(platform, service, async (client) => BigInt((await client.query<{ position: string }>(`select position from ${service.replace('-', '_')}.checkpoint where processor like '%.read-models.v1'`)).rows[0]!.position));
