/**
 * Loaded into a process before anything of its own (`node --require`), and into each of its threads: garbage is collected as often as
 * `FAULTS_COLLECT_EVERY_MS` says, so that the memory it has is the memory it holds on to.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

function collectEvery(intervalMs: number): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setInterval(collect, intervalMs).unref();
}

if (process.env['FAULTS_COLLECT_EVERY_MS']) collectEvery(Number(process.env['FAULTS_COLLECT_EVERY_MS']));
