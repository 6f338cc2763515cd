import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessOptions { name: string; /** Arguments of node. */ args: readonly string[]; env: Readonly<Record<string, string>>; logFile: string; healthUrl: string }

const POLL_MS = 100;
const LOG_SHOWN_CHARACTERS = 4_000;

/** One process of the cluster: its log in a file of its own, its state asked at its health port. */
export class ClusterProcess {
  readonly name: string;
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  private readonly child: ChildProcess;

  constructor(private readonly options: ProcessOptions) {
    this.name = options.name;
    const log = openSync(options.logFile, 'a');
    // Apart from our terminal: Ctrl-C reaches us, and we end them in order.
    this.child = spawn(process.execPath, [...options.args], { stdio: ['ignore', log, log], env: { ...inherited(), ...options.env }, detached: process.platform !== 'win32' });
    closeSync(log);
    this.exited = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve({ code, signal })));
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
      try {
        const response = await fetch(`${this.options.healthUrl}/health/ready`, { signal: AbortSignal.timeout(2_000) });
        if (response.ok) return;
        reason = await response.text();
      } catch (error) {
        reason = (error as Error).message;
      }
      await delay(POLL_MS);
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

  kill(): void {
    this.child.kill('SIGKILL');
  }

  logEnd(): string {
    return existsSync(this.options.logFile) ? readFileSync(this.options.logFile, 'utf8').slice(-LOG_SHOWN_CHARACTERS) : '';
  }
}

/** Of our own settings none: what a process gets stands in its options. */
const inherited = (): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(DATABASE_URL|EVENT_?STORE_|KAFKA_|GRIDCASE_|OIDC_|HEALTH_|GRPC_|RELAY_)|_ADDRESS$/.test(name)));
