/**
 * Loaded into a process before anything of its own (`node --require`): its wall clock stands as many milliseconds away from the machine's as
 * the file says that is named after it in `FAULTS_CLOCK_DIR`, and jumps when that changes. Monotonic time goes on as it does when an
 * operator sets the clock of a host.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const LOOK_EVERY_MS = 20;

function shiftClock(dir: string): void {
  const name = basename(process.argv[2] ?? 'platform');
  let shiftMs = 0;
  let lookedMs = -LOOK_EVERY_MS;
  const shift = (): number => {
    if (performance.now() - lookedMs >= LOOK_EVERY_MS) {
      lookedMs = performance.now();
      shiftMs = readShift(join(dir, name)) ?? readShift(join(dir, 'all')) ?? 0;
    }
    return shiftMs;
  };
  const Real = globalThis.Date;
  const now = Real.now.bind(Real);
  const shiftedNow = (): number => now() + shift();
  globalThis.Date = new Proxy(Real, {
    construct: (target, args: unknown[], newTarget) => Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, newTarget as new () => object),
    apply: () => new Real(shiftedNow()).toString(),
    get: (target, property, receiver) => (property === 'now' ? shiftedNow : (Reflect.get(target, property, receiver) as unknown)),
  });
}

function readShift(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

if (process.env['FAULTS_CLOCK_DIR']) shiftClock(process.env['FAULTS_CLOCK_DIR']);
