import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { StandaloneConfig } from './standalone-config';

type DataDir = Pick<StandaloneConfig, 'dataDir'>;
const file = ({ dataDir }: DataDir): string => join(dataDir, 'database-url');

/** For the command line beside a running platform: where its embedded database answers. The address holds a password. */
export const noteRunningDatabase = (config: DataDir, url: string): void => writeFileSync(file(config), url, { mode: 0o600 });

/** Where it answered last; undefined when there never was one. */
export const notedDatabase = (config: DataDir): string | undefined => (existsSync(file(config)) ? readFileSync(file(config), 'utf8').trim() : undefined);

/** The address of a running platform's embedded database, or undefined when none answers. */
export async function runningDatabase(config: DataDir): Promise<string | undefined> {
  const url = notedDatabase(config);
  if (!url) return undefined;
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return url;
  } catch {
    return undefined;
  }
}
