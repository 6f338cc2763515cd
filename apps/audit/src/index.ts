import type { DynamicModule } from '@nestjs/common';
import type { Adapters } from '@gridcase/service';
import { AuditModule } from './app.module';
import type { CheckOptions } from './record-check/check-record';

export { checkRecord, checkStream, type CheckOptions, type CheckProgress, type RecordReport } from './record-check/check-record';
export type { Difference, DifferenceKind } from './record-check/stream-check';
/** `densePositions`: the record is kept in PostgreSQL, whose adapter numbers without holes. */
export const createAuditModule = (adapters: Adapters, check?: Pick<CheckOptions, 'densePositions' | 'streamsMax'>): DynamicModule => AuditModule.forAdapters(adapters, check);
