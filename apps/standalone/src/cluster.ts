/** `npm run cluster`: the cluster profile on one machine, until Ctrl-C or until one of its processes dies. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, Shutdown } from '@gridcase/platform';
import { clusterConfig } from './cluster/cluster-config';
import { startCluster } from './cluster/start-cluster';

const STOP_TIMEOUT_MS = 90_000;

async function main(): Promise<void> {
  const config = clusterConfig();
  const say = (line: string) => void process.stdout.write(`  ${line}\n`);
  const shutdown = new Shutdown({ timeoutMs: STOP_TIMEOUT_MS, log: (line, error) => say(error ? `${line}: ${(error as Error).message}` : line) });
  shutdown.listen();
  mkdirSync(config.dataDir, { recursive: true });
  chmodSync(config.dataDir, 0o711); // the database server runs under an account of its own when we are root
  try {
    say('Starting the cluster: PostgreSQL, Kafka, the event store, the relay, six services, the gateway · 正在启动集群 …');
    const { url, grpcAddress, processes, envFile, lost } = await startCluster({ ...config, say }, shutdown);
    process.stdout.write([
      '', '  Gridcase is ready · 网格案件系统已就绪',
      `  REST       ${url}/v1        API page  ${url}/docs`,
      `  gRPC       ${grpcAddress}`,
      `  processes  ${[...processes.values()].map(({ name, pid }) => `${name} (${pid})`).join(', ')}`,
      `  logs       ${join(config.dataDir, 'logs')}`,
      `  tools      node --env-file=${envFile} apps/standalone/dist/cli.js rebuild dispatch`,
      `  tokens     POST ${url}/v1/demo/tokens  (DEMO ISSUER: gives any role to whoever asks)`,
      '  Ctrl-C stops it cleanly.', '', '',
    ].join('\n'));
    const reason = await lost;
    say(reason.message);
    await shutdown.stop();
    process.exit(1);
  } catch (error) {
    if (shutdown.signal.aborted) return; // stopped while it started
    process.stderr.write(`${(error as Error).message}\n`);
    await shutdown.stop();
    process.exit(1);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(error instanceof ConfigError ? `${error.message}\n` : `${(error as Error).stack ?? String(error)}\n`);
  process.exit(2);
});
