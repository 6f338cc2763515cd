import { runService } from '@gridcase/service';
import { createIntakeModule } from './index';

void runService('intake', (adapters) => createIntakeModule(adapters));
