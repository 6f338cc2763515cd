import { runService } from '@gridcase/service';
import { createAssessmentModule } from './index';

void runService('assessment', (adapters) => createAssessmentModule(adapters));
