import { runService } from '@gridcase/service';
import { createAuditModule } from './index';

// The PostgreSQL store numbers without holes: there a hole is an event that was taken out.
void runService('audit', (adapters, { store }) => createAuditModule(adapters, { densePositions: store.kind === 'postgresql' }));
