import { runService } from '@gridcase/service';
import { createDispatchModule } from './index';

void runService('dispatch', createDispatchModule);
