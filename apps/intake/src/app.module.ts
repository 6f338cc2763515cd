import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ServiceModule, type Adapters, type ServiceTables } from '@gridcase/service';
import { FileReportHandler } from './commands/file-report/file-report.handler';
import { JoinReportHandler } from './commands/join-report/join-report.handler';
import { ReceiveReportHandler } from './commands/receive-report/receive-report.handler';
import { RecordPatrolHandler } from './commands/record-patrol/record-patrol.handler';
import { RefuseReportHandler } from './commands/refuse-report/refuse-report.handler';
import { RouteAsEmergencyHandler } from './commands/route-as-emergency/route-as-emergency.handler';
import { SettleOnSpotHandler } from './commands/settle-on-spot/settle-on-spot.handler';
import { SortReportHandler } from './commands/sort-report/sort-report.handler';
import { TransferReportHandler } from './commands/transfer-report/transfer-report.handler';
import { PersonVault, VAULT_SECRET } from './person-vault/person-vault';
import { PersonKey, VaultSecret, personVaultMigrations } from './person-vault/person-vault.entities';
import { openCases, openCasesView } from './projections/open-cases.projection';
import { patrolLog, patrolView } from './projections/patrol-log.projection';
import { reportBoard, reportBoardView } from './projections/report-board.projection';
import { GetReportQuery } from './queries/get-report/get-report.query';
import { ListPatrolTimesQuery } from './queries/list-patrol-times/list-patrol-times.query';
import { ListPatrolsQuery } from './queries/list-patrols/list-patrols.query';
import { ListReportsQuery } from './queries/list-reports/list-reports.query';
import { ReportViews } from './queries/report-view';
import { SuggestDuplicatesQuery } from './queries/suggest-duplicates/suggest-duplicates.query';
import { CaseLinkReactor } from './reactors/case-link.reactor';
import { CaseLink } from './report-desk/case-link';
import { ReportDesk } from './report-desk/report-desk';

export interface IntakeOptions {
  /** Recognises reporters without their numbers, at least 32 bytes; absent = drawn once and kept in the service's schema. */
  vaultSecret?: Buffer;
}
export const intakeTables: ServiceTables = { migrations: personVaultMigrations, projections: [reportBoard, openCases, patrolLog] };

const commands: Provider[] = [
  ReceiveReportHandler, SortReportHandler, FileReportHandler, RefuseReportHandler, TransferReportHandler, RouteAsEmergencyHandler, SettleOnSpotHandler, JoinReportHandler, RecordPatrolHandler,
];
const queries: Provider[] = [ListReportsQuery, GetReportQuery, SuggestDuplicatesQuery, ListPatrolsQuery, ListPatrolTimesQuery, ReportViews];

/** Reports by every channel until they are decided, and patrols. */
@Module({})
export class IntakeModule {
  static forRoot(adapters: Adapters, { vaultSecret }: IntakeOptions = {}): DynamicModule {
    const vault: Provider[] = [PersonVault, { provide: VAULT_SECRET, useValue: vaultSecret }];
    return {
      module: IntakeModule,
      imports: [ServiceModule.forRoot({
        name: 'intake', adapters, ...intakeTables, reactors: [CaseLinkReactor],
        entities: [PersonKey, VaultSecret, reportBoardView, openCasesView, patrolView], providers: [...vault, ReportDesk, CaseLink, ...commands, ...queries],
      })],
    };
  }
}
