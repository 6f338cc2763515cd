import { Module, type DynamicModule } from '@nestjs/common';
import { ServiceModule, type Adapters } from '@gridcase/service';
import { CheckRecordQuery } from './queries/check-record/check-record.query';
import { GetCaseAsOfQuery } from './queries/get-case-as-of/get-case-as-of.query';
import { GetCaseHistoryQuery } from './queries/get-case-history/get-case-history.query';
import type { CheckOptions } from './record-check/check-record';
import { CHECK_OPTIONS, RecordChecks } from './record-check/record-checks';

/** audit: reads the record itself, never a read model. It owns no command and writes nothing. */
@Module({})
export class AuditModule {
  static forAdapters(adapters: Adapters, check: Pick<CheckOptions, 'densePositions' | 'streamsMax'> = {}): DynamicModule {
    return {
      module: AuditModule,
      imports: [ServiceModule.forRoot({ name: 'audit', adapters })],
      providers: [{ provide: CHECK_OPTIONS, useValue: check }, RecordChecks, GetCaseHistoryQuery, GetCaseAsOfQuery, CheckRecordQuery],
    };
  }
}
