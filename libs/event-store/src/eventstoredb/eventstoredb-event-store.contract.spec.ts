import { eventStoreContract } from '../event-store.contract';
import { createEventStoreDbEventStore, type EventStoreDbEventStoreOptions } from './eventstoredb-event-store';
import { EventLog, ProtocolDouble } from '@gridcase/eventstoredb-double';
import { realServer } from './testing/real-server';

const onDouble = (double: ProtocolDouble, options?: Partial<EventStoreDbEventStoreOptions>) => async () => {
  await double.start();
  const open = () => createEventStoreDbEventStore({ connectionString: double.connectionString, ...options });
  const store = await open();
  return {
    store,
    reopen: open,
    dispose: async () => {
      await store.close();
      double.stop();
    },
  };
};

eventStoreContract('EventStoreDB 23.10, protocol double', onDouble(new ProtocolDouble({ version: '23.10' })));

// Nothing remembered of any stream, and a server that writes more of its own than we do.
eventStoreContract('EventStoreDB 24.10, protocol double, no heads in memory', onDouble(new ProtocolDouble({ version: '24.10', log: new EventLog({ systemEventEvery: 1 }) }), { headsMax: 0, pollIntervalMs: 20 }));

const real = realServer();
if (real) {
  eventStoreContract(`EventStoreDB, ${real.what}`, async () => {
    const server = await real.start();
    const open = () => createEventStoreDbEventStore({ connectionString: server.connectionString });
    const store = await open();
    return {
      store,
      reopen: open,
      dispose: async () => {
        await store.close();
        await server.stop();
      },
    };
  });
}
