import { Presets, SingleBar } from 'cli-progress';

export interface Progress { update(done: number, of: number, what: string): void; stop(): void }

const PLAIN_EVERY = 0.1;

/** A bar on a terminal; a line every tenth of the way where output goes to a file. */
export function showProgress(out: NodeJS.WriteStream = process.stderr): Progress {
  if (!out.isTTY) {
    let next = 0;
    return {
      update: (done, of, what) => {
        if (done < next * of && done < of) return;
        out.write(`${String(Math.floor((done / of) * 100)).padStart(3)} %  ${what}\n`);
        if (done > 0) next = Math.floor(done / of / PLAIN_EVERY) * PLAIN_EVERY + PLAIN_EVERY;
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar({ format: '  {bar} {percentage}%  {what}', stream: out, clearOnComplete: true, hideCursor: true }, Presets.shades_classic);
  let started = false;
  return {
    update: (done, of, what) => {
      if (started) bar.update(done, { what });
      else bar.start(of, done, { what });
      started = true;
    },
    stop: () => bar.stop(),
  };
}
