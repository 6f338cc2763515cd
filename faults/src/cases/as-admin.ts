import { Client } from 'pg';
import type { PlatformUnderTest } from '../platform/under-test';

/** In the database of an owner, beside the platform and around any proxy. */
export async function asAdmin<T>(platform: PlatformUnderTest, owner: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: platform.database.urlOf(owner) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
