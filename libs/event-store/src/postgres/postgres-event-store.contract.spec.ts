import { testDatabase } from '@gridcase/testing';
import { eventStoreContract } from '../event-store.contract';
import { createPostgresEventStore } from './postgres-event-store';

eventStoreContract('PostgreSQL', async () => {
  const db = await testDatabase();
  const open = () => createPostgresEventStore({ pool: db.pool, schema: 'event_store' });
  const store = await open();
  return {
    store,
    reopen: open,
    dispose: async () => {
      await store.close();
      await db.drop();
    },
  };
});

describe('with a ring of a few events, so that subscribers fall back to the table', () => {
  eventStoreContract('PostgreSQL, tiny ring', async () => {
    const db = await testDatabase();
    const store = await createPostgresEventStore({ url: db.url, ringEventsMax: 4, pollIntervalMs: 20, batchAppendsMax: 3 });
    return {
      store,
      dispose: async () => {
        await store.close();
        await db.drop();
      },
    };
  });
});
