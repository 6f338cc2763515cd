/** A measured ratio against a raw baseline of the same run. */
export interface Check { name: string; value: number; floor: number; ok: boolean }
export interface BenchOutcome {
  /** Rows, revisions and sums were what an independent computation gives. */
  verified: boolean;
  checks: Check[];
}
export interface BenchOptions {
  /** Size of the run where the bench has one (events, cases, commands); absent = the full one. */
  events?: number;
  rounds?: number;
  /** An empty directory, removed afterwards. */
  dir: string;
  log(line: string): void;
}
export interface Bench { name: string; about: string; run(options: BenchOptions): Promise<BenchOutcome> }

export const check = (name: string, value: number, floor: number): Check => ({ name, value: Math.round(value * 1000) / 1000, floor, ok: value >= floor });

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Units of work a second. */
export async function rate(units: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (units * 1000) / (performance.now() - start);
}

/** Largest resident memory of this process while the work runs, in MiB. */
export async function peakMemory<T>(work: () => Promise<T>): Promise<{ result: T; peakMiB: number; startMiB: number }> {
  const rss = () => process.memoryUsage.rss() / 1024 / 1024;
  const startMiB = rss();
  let peakMiB = startMiB;
  const timer = setInterval(() => { peakMiB = Math.max(peakMiB, rss()); }, 20);
  try {
    const result = await work();
    return { result, peakMiB: Math.round(Math.max(peakMiB, rss())), startMiB: Math.round(startMiB) };
  } finally {
    clearInterval(timer);
  }
}
