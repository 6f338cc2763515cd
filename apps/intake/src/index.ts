import type { DynamicModule } from '@nestjs/common';
import type { Adapters } from '@gridcase/service';
import { IntakeModule, type IntakeOptions } from './app.module';

export { intakeTables, type IntakeOptions } from './app.module';
export const createIntakeModule = (adapters: Adapters, options?: IntakeOptions): DynamicModule => IntakeModule.forRoot(adapters, options);
