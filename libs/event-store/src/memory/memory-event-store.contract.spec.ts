import { eventStoreContract } from '../event-store.contract';
import { createMemoryEventStore } from './memory-event-store';

eventStoreContract('memory', async () => ({ store: createMemoryEventStore(), dispose: async () => undefined }));
