/** Resolves with optional details when all is well, throws with the reason when not. */
export type HealthCheck = () => Promise<Record<string, unknown> | void> | Record<string, unknown> | void;

export interface CheckResult { ok: boolean; durationMs: number; reason?: string; details?: Record<string, unknown> }
export interface HealthReport { ok: boolean; checks: Record<string, CheckResult> }

const CHECK_TIMEOUT_MS = 2_000;

/**
 * Liveness: restart me when false. Readiness: send me no work while false. A database that is away makes a service
 * not ready, never not alive: a restart would not bring it back.
 */
export class Health {
  private readonly live = new Map<string, { check: HealthCheck; timeoutMs: number }>();
  private readonly ready = new Map<string, { check: HealthCheck; timeoutMs: number }>();
  private stopping = false;

  addLiveness(name: string, check: HealthCheck, timeoutMs = CHECK_TIMEOUT_MS): () => void {
    return add(this.live, name, check, timeoutMs);
  }

  /** The returned function takes the check away again. */
  addReadiness(name: string, check: HealthCheck, timeoutMs = CHECK_TIMEOUT_MS): () => void {
    return add(this.ready, name, check, timeoutMs);
  }

  /** From now on not ready, so that a load balancer looks elsewhere while the last requests finish. */
  markStopping(): void {
    this.stopping = true;
  }

  liveness(): Promise<HealthReport> {
    return run(this.live);
  }

  async readiness(): Promise<HealthReport> {
    const report = await run(this.ready);
    if (!this.stopping) return report;
    return { ok: false, checks: { ...report.checks, stopping: { ok: false, durationMs: 0, reason: 'the service is stopping' } } };
  }
}

function add(checks: Map<string, { check: HealthCheck; timeoutMs: number }>, name: string, check: HealthCheck, timeoutMs: number): () => void {
  if (checks.has(name)) throw new Error(`there is a health check ${name} already`);
  checks.set(name, { check, timeoutMs });
  return () => void checks.delete(name);
}

async function run(checks: Map<string, { check: HealthCheck; timeoutMs: number }>): Promise<HealthReport> {
  const results = await Promise.all([...checks].map(async ([name, { check, timeoutMs }]) => [name, await runOne(check, timeoutMs)] as const));
  return { ok: results.every(([, result]) => result.ok), checks: Object.fromEntries(results) };
}

async function runOne(check: HealthCheck, timeoutMs: number): Promise<CheckResult> {
  const start = performance.now();
  const durationMs = () => Math.round(performance.now() - start);
  let timer: NodeJS.Timeout | undefined;
  try {
    const limit = new Promise<never>((_, late) => {
      timer = setTimeout(() => late(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    });
    const details = await Promise.race([(async () => check())(), limit]);
    return { ok: true, durationMs: durationMs(), ...(details && { details }) };
  } catch (error) {
    return { ok: false, durationMs: durationMs(), reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
