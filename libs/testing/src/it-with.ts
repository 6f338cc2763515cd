import { spawnSync } from 'node:child_process';

interface JestGlobals { it: { (name: string, body: () => unknown): void; skip(name: string, body: () => unknown): void } }

/** A test that needs a program of the machine. `missing`: in a few words why it is not there; the test says so in one line and counts as skipped, never as passed. */
export function itWith(missing: string | undefined, name: string, body: () => unknown): void {
  const { it } = globalThis as unknown as JestGlobals;
  if (missing === undefined) return it(name, body);
  process.stderr.write(`skipped: ${name}: ${missing}\n`);
  it.skip(name, body);
}

/** promtool, if Debian's `prometheus` or Prometheus itself is installed; PROMTOOL names another place. */
export const promtool = (): string | undefined => [process.env['PROMTOOL'], 'promtool'].find((program) => program && spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0);
export const whyNoPromtool = (): string | undefined => (promtool() ? undefined : 'no promtool on this machine (Debian: prometheus; PROMTOOL=…)');
