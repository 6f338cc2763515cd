/** In this order: no new work comes in; work in hand ends; connections close; the database server stops. */
export const STOP_PHASES = ['traffic', 'work', 'connections', 'servers'] as const;
export type StopPhase = (typeof STOP_PHASES)[number];

export interface ShutdownOptions {
  /** For everything together; what has not ended then is abandoned and the exit code is 1. Default 20 000. */
  timeoutMs?: number;
  log?: (line: string, error?: unknown) => void;
  /** A signal so soon after the first one is the same one: Ctrl-C reaches a child of npm from the terminal and from npm. Default 1 000. */
  sameSignalMs?: number;
  /** Default ends the process. */
  exit?: (code: number) => void;
}

interface StopStep { name: string; phase: StopPhase; stop: () => Promise<void> | void }

/**
 * The graceful end of a process: steps by phase, within a phase the last added first. A signal ends with code 0 when every step
 * did (Nest's own hooks end with 143), else 1. A second signal does not wait.
 */
export class Shutdown {
  private readonly steps: StopStep[] = [];
  private running: Promise<number> | undefined;
  private readonly timeoutMs: number;
  private readonly log: (line: string, error?: unknown) => void;
  private readonly exit: (code: number) => void;
  private readonly sameSignalMs: number;
  private readonly controller = new AbortController();

  constructor(options: ShutdownOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? 20_000;
    this.sameSignalMs = options.sameSignalMs ?? 1_000;
    this.log = options.log ?? (() => undefined);
    this.exit = options.exit ?? ((code) => process.exit(code));
  }

  /** Aborted as soon as the stop begins: for loops and subscriptions. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  onStop(phase: StopPhase, name: string, stop: () => Promise<void> | void): void {
    this.steps.push({ name, phase, stop });
  }

  /** Listens to SIGINT and SIGTERM; the returned function ends that. */
  listen(): () => void {
    let firstMs: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      if (this.running) {
        if (firstMs !== undefined && performance.now() - firstMs < this.sameSignalMs) return;
        this.log(`${signal} again: ending at once`);
        this.exit(1);
        return;
      }
      firstMs = performance.now();
      this.log(`${signal}: stopping`);
      void this.stop().then((code) => this.exit(code));
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    return () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }

  /** Runs the steps once, however often it is called. Resolves with the exit code: 0 when every step ended well in time. */
  stop(): Promise<number> {
    return (this.running ??= this.run());
  }

  private async run(): Promise<number> {
    this.controller.abort();
    let current = 'nothing';
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<number>((done) => {
      timer = setTimeout(() => {
        this.log(`the stop took more than ${this.timeoutMs} ms, waiting for: ${current}`);
        done(1);
      }, this.timeoutMs);
    });
    const all = async (): Promise<number> => {
      let code = 0;
      for (const phase of STOP_PHASES) {
        for (const step of this.steps.filter((one) => one.phase === phase).reverse()) {
          current = step.name;
          try {
            await step.stop();
          } catch (error) {
            // One failed step must not keep the others from closing their part.
            this.log(`stopping ${step.name} failed`, error);
            code = 1;
          }
        }
      }
      return code;
    };
    try {
      return await Promise.race([all(), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
