import { runService } from '@gridcase/service';
import { createSlaMonitorModule } from './index';

void runService('sla-monitor', (adapters) => createSlaMonitorModule(adapters));
