import { Shutdown } from '@gridcase/platform';
import { clusterConfig } from './cluster-config';
import { startCluster, type Cluster, type ClusterOptions } from './start-cluster';

export type ScratchCluster = Cluster & { /** Resolves with 0 when everything ended well. */ stop(): Promise<number> };
const STOP_TIMEOUT_MS = 90_000;

/** A cluster of one's own in a scratch folder; event store and broker as the environment says. Stops what has started when it fails. */
export async function startScratchCluster(options: Pick<ClusterOptions, 'dataDir'> & Partial<ClusterOptions>): Promise<ScratchCluster> {
  const { eventStoreUrl, brokers, topicPrefix, docker } = clusterConfig();
  const { say = () => undefined } = options;
  const shutdown = new Shutdown({ timeoutMs: STOP_TIMEOUT_MS, log: (line, error) => say(error ? `${line}: ${(error as Error).message}` : line) });
  try {
    return { ...(await startCluster({ eventStoreUrl, brokers, topicPrefix, docker, ...options }, shutdown)), stop: () => shutdown.stop() };
  } catch (error) {
    await shutdown.stop();
    throw error;
  }
}
