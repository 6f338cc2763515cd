import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessOptions {
  name: string;
  /** Arguments of node. */
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  logFile: string;
  healthUrl: string;
  /** It runs again, under another process id. */
  onStartedAgain?: () => void;
}
interface Ended { code: number | null; signal: NodeJS.Signals | null }

const POLL_MS = 100;
const LOG_SHOWN_CHARACTERS = 4_000;

const runningOnes = new Set<ChildProcess>();
// Whatever ends us ends them too.
process.once('exit', () => { for (const child of runningOnes) child.kill('SIGTERM'); });

/** One process of the cluster: its log in a file of its own, its state asked at its health port. */
export class ClusterProcess {
  readonly name: string;
  private child!: ChildProcess;
  private ended!: Promise<Ended>;

  constructor(readonly options: ProcessOptions) {
    this.name = options.name;
    this.launch();
  }

  /** Again, after it has ended; with settings beside its own, for this time alone. */
  start(env: Readonly<Record<string, string>> = {}): void {
    if (this.running) throw new Error(`${this.name} runs already`);
    this.launch(env);
    this.options.onStartedAgain?.();
  }

  private launch(env: Readonly<Record<string, string>> = {}): void {
    const log = openSync(this.options.logFile, 'a');
    // Apart from our terminal: Ctrl-C reaches us, and we end them in order.
    const child = spawn(process.execPath, [...this.options.args], { stdio: ['ignore', log, log], env: { ...inherited(), ...this.options.env, ...env }, detached: process.platform !== 'win32' });
    closeSync(log);
    this.child = child;
    runningOnes.add(child);
    this.ended = new Promise((resolve) => child.once('exit', (code, signal) => {
      runningOnes.delete(child);
      resolve({ code, signal });
    }));
  }

  /** Resolves when it has ended, for whatever reason: the one that runs now, or ran last. */
  get exited(): Promise<Ended> {
    return this.ended;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** @throws with the end of its log when it ends or is not ready in time */
  async ready(timeoutMs: number): Promise<void> {
    for (let waitedMs = 0, reason = 'nothing'; ; waitedMs += POLL_MS) {
      if (!this.running) throw new Error(`${this.name} ended while it started (${this.options.logFile}):\n${this.logEnd()}`);
      if (waitedMs > timeoutMs) throw new Error(`${this.name} was not ready within ${timeoutMs} ms: ${reason} (${this.options.logFile}):\n${this.logEnd()}`);
      const waitsFor = await this.whyNotReady();
      if (waitsFor === undefined) return;
      reason = waitsFor;
      await delay(POLL_MS);
    }
  }

  async isReady(): Promise<boolean> {
    return (await this.whyNotReady()) === undefined;
  }

  /** As its health port says; undefined when it is. */
  async whyNotReady(): Promise<string | undefined> {
    try {
      const response = await fetch(`${this.options.healthUrl}/health/ready`, { signal: AbortSignal.timeout(2_000) });
      return response.ok ? undefined : await response.text();
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** What Prometheus would get. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.options.healthUrl}/metrics`, { signal: AbortSignal.timeout(10_000) })).text();
  }

  /** Resolves with its exit code. */
  async stop(timeoutMs: number): Promise<number | null> {
    if (this.running) this.child.kill('SIGTERM');
    const ended = await Promise.race([this.exited, delay(timeoutMs, undefined, { ref: false })]);
    if (!ended) this.child.kill('SIGKILL');
    return (await this.exited).code;
  }

  /** SIGKILL unless another one is named. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  logEnd(): string {
    return existsSync(this.options.logFile) ? readFileSync(this.options.logFile, 'utf8').slice(-LOG_SHOWN_CHARACTERS) : '';
  }
}

/** Of our own settings none: what a process gets stands in its options. */
const inherited = (): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(DATABASE_URL|EVENT_?STORE_|KAFKA_|GRIDCASE_|OIDC_|HEALTH_|GRPC_|RELAY_)|_ADDRESS$/.test(name)));
