import { join } from 'node:path';
import { startPostgres, type RunningPostgres } from '@gridcase/platform';
import { HurtfulProxy } from './hurtful-proxy';
import type { Database } from './under-test';

const CONNECTIONS_MAX = '300';
/** Every server has it. */
const MAINTENANCE = 'postgres';

/** A PostgreSQL beside the platform, so that each can be hurt without the other. `database`: made if it is not there. */
export async function startDatabase(dataDir: string, nameOf: (owner: string) => string, proxied = false, database?: string): Promise<Database & { proxy?: HurtfulProxy; /** As the processes are told. */ toldUrlOf: Database['urlOf']; stop(): Promise<void> }> {
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
