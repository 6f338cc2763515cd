import { eventStoreContract } from '../event-store.contract';
import { createEventStoreDbEventStore } from './eventstoredb-event-store';
import { ProtocolDouble } from './testing/protocol-double';

eventStoreContract('EventStoreDB, protocol double', async () => {
  const double = await new ProtocolDouble().start();
  const open = () => createEventStoreDbEventStore({ connectionString: double.connectionString });
  const store = await open();
  return {
    store,
    reopen: open,
    dispose: async () => {
      await store.close();
      double.stop();
    },
  };
});
