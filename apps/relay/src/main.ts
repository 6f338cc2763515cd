import 'reflect-metadata';
import { ConfigError, Shutdown, createLogger } from '@gridcase/platform';
import { relayConfig } from './relay-config';
import { startRelay } from './start-relay';

async function main(): Promise<void> {
  const config = relayConfig();
  const logger = createLogger({ service: 'relay', level: config.GRIDCASE_LOG_LEVEL });
  const shutdown = new Shutdown({ log: (line, error) => (error ? logger.error({ err: error }, line) : logger.info(line)) });
  shutdown.listen();
  try {
    const { url } = await startRelay(config, shutdown, logger);
    logger.info({ url }, 'the relay runs');
  } catch (error) {
    logger.fatal({ err: error }, 'the relay did not start');
    await shutdown.stop();
    process.exitCode = 1;
    setImmediate(() => process.exit(1));
  }
}

main().catch((error: unknown) => {
  process.stderr.write(error instanceof ConfigError ? `${error.message}\n` : `${(error as Error).stack ?? String(error)}\n`);
  process.exit(2);
});
