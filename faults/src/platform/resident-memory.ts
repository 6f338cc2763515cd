import type { PlatformUnderTest } from './under-test';

/** Of the process that hosts the gateway, as it tells itself. */
export async function residentMiB(platform: PlatformUnderTest): Promise<number> {
  const text = (await platform.metrics()).get(platform.profile === 'standalone' ? 'platform' : 'gateway') ?? '';
  return Math.round(Number(/^process_resident_memory_bytes\{[^}]*\} (\S+)$/m.exec(text)?.[1] ?? Number.NaN) / 1024 / 1024);
}
