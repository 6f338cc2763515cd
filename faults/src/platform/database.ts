import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres, type RunningPostgres } from '@gridcase/platform';
import { notedDatabase, postgresDir } from '@gridcase-apps/standalone';
import { HurtfulProxy } from './hurtful-proxy';
import type { Database } from './under-test';

const CONNECTIONS_MAX = '300';
/** Every server has it. */
const MAINTENANCE = 'postgres';

export type DatabaseUnderTest = Database & { proxy?: HurtfulProxy; /** As the processes are told; undefined: nothing. */ toldUrlOf(owner: string): string | undefined; stop(): Promise<void> };

/** The one that a platform keeps inside its data folder: it alone starts and stops it. */
export function embeddedDatabase(dataDir: string): DatabaseUnderTest {
  const platformsOwn = (): Promise<never> => Promise.reject(new Error('it is the platform that starts and stops it'));
  const postmaster = () => Number(readFileSync(join(postgresDir({ dataDir }), 'cluster/postmaster.pid'), 'utf8').split('\n')[0]);
  return {
    server: () => ({ kill: async () => void process.kill(postmaster(), 'SIGKILL'), stop: platformsOwn }),
    start: platformsOwn,
    urlOf: () => notedDatabase({ dataDir })!,
    toldUrlOf: () => undefined,
    stop: async () => undefined,
  };
}

/** A PostgreSQL beside the platform, so that each can be hurt without the other. `database`: made if it is not there. */
export async function startDatabase(dataDir: string, nameOf: (owner: string) => string, proxied = false, database?: string): Promise<DatabaseUnderTest & { toldUrlOf: Database['urlOf'] }> {
  const options = { dataDir: join(dataDir, 'postgres'), database, settings: { max_connections: CONNECTIONS_MAX } };
  let server: RunningPostgres = await startPostgres(options);
  const { port, url } = server;
  const proxy = proxied ? await HurtfulProxy.start({ host: '127.0.0.1', port }) : undefined;
  const urlOf = (owner: string) => Object.assign(new URL(url), { pathname: `/${owner === MAINTENANCE ? MAINTENANCE : nameOf(owner)}` }).href;
  return {
    proxy, urlOf, toldUrlOf: (owner) => proxy?.through(urlOf(owner)) ?? urlOf(owner),
    server: () => server,
    start: async () => { server = await startPostgres({ ...options, port }); },
    stop: async () => {
      await proxy?.stop();
      await server.stop();
    },
  };
}
