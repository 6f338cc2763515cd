import { runService } from '@gridcase/service';
import { createRegistryModule } from './index';

void runService('registry', (adapters) => createRegistryModule(adapters));
