import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError, createLogger, Health, Metrics, Shutdown, startTracing, type Logger, type Tracer } from '@gridcase/platform';
import { startHealthServer } from './health-server';
import type { ProcessConfig } from './process-config';

/** What whatever runs in a process is given. What it starts it hands to `shutdown`. */
export interface ProcessHost { health: Health; metrics: Metrics; logger: Logger; shutdown: Shutdown; tracer: Tracer }

/**
 * The life of one process: configuration (every problem at once, exit 2), health and metrics from the first moment, ready only when
 * `start` has resolved; SIGTERM: not ready first, then no new work, work in hand ends, connections close, exit 0.
 */
export async function hostProcess<Config extends ProcessConfig>(name: string, readConfig: () => Config, start: (config: Config, host: ProcessHost) => Promise<void>): Promise<void> {
  let config: Config;
  try {
    config = readConfig();
  } catch (error) {
    process.stderr.write(error instanceof ConfigError ? `${name}: ${error.message}\n` : `${(error as Error).stack ?? String(error)}\n`);
    process.exitCode = 2;
    return;
  }
  const logger = createLogger({ service: name, level: config.logLevel });
  const shutdown = new Shutdown({ timeoutMs: config.stopTimeoutMs, log: (line, error) => (error ? logger.error({ err: error }, line) : logger.info(line)) });
  const health = new Health();
  const metrics = new Metrics({ service: name });
  const started = health.addReadiness('start', () => { throw new Error('starting'); });
  shutdown.listen();
  try {
    const server = await startHealthServer(config.health, health, metrics);
    shutdown.onStop('servers', 'health and metrics', () => server.close());
    const tracing = await startTracing(config.tracing, (error) => logger.warn({ err: error }, 'traces cannot be sent'));
    // Added first, hence the last of its phase: what ends before it is still told.
    shutdown.onStop('connections', 'traces', () => tracing.stop());
    await start(config, { health, metrics, logger, shutdown, tracer: tracing.tracer(name) });
    // Added last, hence the first step: whoever sends work learns that there will be no more.
    shutdown.onStop('traffic', 'readiness', () => {
      health.markStopping();
      return config.drainDelayMs > 0 ? delay(config.drainDelayMs) : undefined;
    });
    started();
    logger.info({ healthPort: server.port }, `${name} is ready`);
  } catch (error) {
    if (shutdown.signal.aborted) return; // stopped while it started
    logger.fatal({ err: error }, `${name} did not start`);
    await shutdown.stop();
    process.exit(1);
  }
}
