import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { outliveReader } from '@gridcase/platform';
import { appendBench } from './append.bench';
import type { Bench } from './bench';
import { commandsBench } from './commands.bench';
import { clocksBench } from './clocks.bench';
import { consumeBench } from './consume.bench';
import { rebuildBench } from './rebuild.bench';
import { relayBench } from './relay.bench';
import { visibleBench } from './visible.bench';

/** One line a bench. */
const benches: readonly Bench[] = [appendBench, rebuildBench, clocksBench, commandsBench, relayBench, consumeBench, visibleBench];

const positiveInt = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0) throw new InvalidArgumentError('a positive whole number');
  return value;
};

async function run(bench: Bench, { json, events, rounds }: { json?: boolean; events?: number; rounds?: number }): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'gridcase-bench-'));
  // As root the server runs under an account of its own, which must be able to pass.
  chmodSync(dir, 0o711);
  const log = (line: string) => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  try {
    const { verified, checks } = await bench.run({ dir, log, events, rounds });
    for (const { name, value, floor, ok } of checks) log(`${ok ? 'ok    ' : 'BELOW '} ${name}: ${value} (floor ${floor})`);
    if (!verified) log('NOT VERIFIED: the results are not what they should be');
    process.stdout.write(`${JSON.stringify({ bench: bench.name, verified, checks })}\n`);
    process.exitCode = verified && checks.every(({ ok }) => ok) ? 0 : 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const program = new Command('bench').description('Benches of Gridcase, each against its raw baseline in the same run. Exit 0 only if the result is verified and every floor is reached.');
for (const bench of benches) {
  program.command(bench.name).description(bench.about)
    .option('--json', 'only the JSON line on standard output')
    .option('--events <n>', 'a smaller run', positiveInt)
    .option('--rounds <n>', 'rounds of both sides', positiveInt)
    .action((options) => run(bench, options));
}
outliveReader();
void program.parseAsync();
