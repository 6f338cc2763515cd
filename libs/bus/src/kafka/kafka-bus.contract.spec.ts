import { createPostgresEventStore } from '@gridcase/event-store';
import { describeWithKafka, testDatabase } from '@gridcase/testing';
import { eventBusContract } from '../event-bus.contract';
import { pumpedBus } from './testing/pumped-bus';

describeWithKafka('on a real broker', () => {
  eventBusContract('Kafka', async () => {
    const db = await testDatabase();
    const store = await createPostgresEventStore({ pool: db.pool });
    const pumped = await pumpedBus(store);
    return {
      bus: pumped.bus(), store, reopen: async () => pumped.bus(),
      dispose: async () => {
        await pumped.close();
        await store.close();
        await db.drop();
      },
    };
  });
});
