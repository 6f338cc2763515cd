import 'reflect-metadata';
import { ConfigError, createLogger, Shutdown } from '@gridcase/platform';
import { checkPort } from './ports';
import { standaloneConfig } from './standalone-config';
import { startFailure } from './start-failure';
import { startPlatform } from './start-platform';

async function main(): Promise<void> {
  const config = standaloneConfig();
  const logger = createLogger({ service: 'standalone', level: config.logLevel });
  const shutdown = new Shutdown({ log: (line, error) => (error ? logger.error({ err: error }, line) : logger.info(line)) });
  shutdown.listen();
  try {
    // Before anything is started: a start takes seconds.
    await checkPort(config.host, config.restPort);
    await checkPort(config.host, config.grpcPort);
    const { gateway, demoTokens, lost } = await startPlatform(config, shutdown, logger);
    process.stdout.write([
      '', `  Gridcase is ready · 网格案件系统已就绪`,
      `  REST     ${gateway.url}/v1        API page  ${gateway.url}/docs`,
      `  gRPC     ${gateway.grpcAddress}`,
      `  data     ${config.dataDir}`,
      ...(demoTokens ? [`  tokens   POST ${gateway.url}/v1/demo/tokens  (DEMO ISSUER: gives any role to whoever asks; set OIDC_* for real use)`] : []),
      '  Ctrl-C stops it cleanly.', '', '',
    ].join('\n'));
    void lost.then(async (error) => {
      // Without its entry or its database the rest is of no use: whoever watches the process starts it again.
      logger.fatal({ err: error }, 'a part of the platform has ended');
      await shutdown.stop();
      process.exit(1);
    });
  } catch (error) {
    const known = startFailure(error);
    if (known) process.stderr.write(`Gridcase did not start: ${known}\n`);
    else logger.fatal({ err: error }, 'the platform did not start');
    await shutdown.stop();
    process.exitCode = 1;
    setImmediate(() => process.exit(1));
  }
}

main().catch((error: unknown) => {
  process.stderr.write(error instanceof ConfigError ? `${error.message}\n` : `${(error as Error).stack ?? String(error)}\n`);
  process.exit(2);
});
