import type { PlatformUnderTest } from './under-test';

/** Of the process that hosts the gateway, as it tells itself. */
export const residentMiB = async (platform: PlatformUnderTest): Promise<number> => mib(figure(await ownMetrics(platform), 'process_resident_memory_bytes'));

/** The same without V8's young generation: that doubles once at some moment, from 64 to 128 MiB, whatever is held in it. */
export async function residentWithoutYoungMiB(platform: PlatformUnderTest): Promise<number> {
  const metrics = await ownMetrics(platform);
  return mib(figure(metrics, 'process_resident_memory_bytes') - figure(metrics, 'nodejs_heap_space_size_total_bytes', 'space="new"'));
}

const ownMetrics = async (platform: PlatformUnderTest): Promise<string> => (await platform.metrics()).get(platform.profile === 'standalone' ? 'platform' : 'gateway') ?? '';
function figure(metrics: string, name: string, label = ''): number {
  const value = new RegExp(`^${name}\\{[^}]*${label}[^}]*\\} (\\S+)$`, 'm').exec(metrics)?.[1];
  if (value === undefined) throw new Error(`the process does not tell ${name}`);
  return Number(value);
}
const mib = (bytes: number): number => Math.round(bytes / 1024 / 1024);
