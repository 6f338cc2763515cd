"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.hostProcess = hostProcess;
const promises_1 = require("node:timers/promises");
const platform_1 = require("@gridcase/platform");
const health_server_1 = require("./health-server");
/**
 * The life of one process: configuration (every problem at once, exit 2), health and metrics from the first moment, ready only when
 * `start` has resolved; SIGTERM: not ready first, then no new work, work in hand ends, connections close, exit 0.
 */
async function hostProcess(name, readConfig, start) {
    let config;
    try {
        config = readConfig();
    }
    catch (error) {
        process.stderr.write(error instanceof platform_1.ConfigError ? `${name}: ${error.message}\n` : `${error.stack ?? String(error)}\n`);
        process.exitCode = 2;
        return;
    }
    const logger = (0, platform_1.createLogger)({ service: name, level: config.logLevel });
    const shutdown = new platform_1.Shutdown({ timeoutMs: config.stopTimeoutMs, log: (line, error) => (error ? logger.error({ err: error }, line) : logger.info(line)) });
    const health = new platform_1.Health();
    const metrics = new platform_1.Metrics({ service: name });
    const started = health.addReadiness('start', () => { throw new Error('starting'); });
    shutdown.listen();
    try {
        const server = await (0, health_server_1.startHealthServer)(config.health, health, metrics);
        shutdown.onStop('servers', 'health and metrics', () => server.close());
        await start(config, { health, metrics, logger, shutdown });
        // Added last, hence the first step: whoever sends work learns that there will be no more.
        shutdown.onStop('traffic', 'readiness', () => {
            health.markStopping();
            return config.drainDelayMs > 0 ? (0, promises_1.setTimeout)(config.drainDelayMs) : undefined;
        });
        started();
        logger.info({ healthPort: server.port }, `${name} is ready`);
    }
    catch (error) {
        if (shutdown.signal.aborted)
            return; // stopped while it started
        logger.fatal({ err: error }, `${name} did not start`);
        await shutdown.stop();
        process.exit(1);
    }
}
//# sourceMappingURL=host-process.js.map