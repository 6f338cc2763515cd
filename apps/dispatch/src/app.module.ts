import { Module, type DynamicModule } from '@nestjs/common';
import { createWebhookSender, deliveryOf, effectOutboxTable, ServiceModule, type Adapters, type ServiceOptions, type ServiceTables, type WebhookConfig } from '@gridcase/service';
import { CaseArchive } from './archive/case-archive';
import { ArchiveCaseHandler } from './commands/archive-case/archive-case.handler';
import { caseCommand } from './commands/case-command';
import { DesignateUnitHandler } from './commands/designate-unit/designate-unit.handler';
import { DispatchCaseHandler } from './commands/dispatch-case/dispatch-case.handler';
import { PhoneUnitHandler } from './commands/phone-unit/phone-unit.handler';
import { RaiseDisputeHandler } from './commands/raise-dispute/raise-dispute.handler';
import { SubmitResultHandler } from './commands/submit-result/submit-result.handler';
import { caseBoard, caseBoardView } from './projections/case-board.projection';
import { GetArchiveQuery } from './queries/get-archive/get-archive.query';
import { GetCaseQuery } from './queries/get-case/get-case.query';
import { ListCasesQuery } from './queries/list-cases/list-cases.query';
import { NOTICE_TYPES, WEBHOOK_NOTICES, WebhookNoticesReactor } from './reactors/webhook-notices/webhook-notices.reactor';

/** Commands that the decider alone answers. */
const plainCommands = [
  'AcknowledgeDispatch', 'ReboundCase', 'RuleOnRebound', 'RecordArrival', 'GivePreliminaryOpinion', 'ExplainDelay', 'RuleOnDelay', 'ContributeWork',
  'VerifyResult', 'ConfirmResult', 'RecordCallBack', 'CloseCase', 'HandUpCase', 'SampleCase',
] as const;

export const dispatchTables: ServiceTables = { migrations: [effectOutboxTable(1)], projections: [caseBoard] };

export interface DispatchSettings { /** Notices of what happens to cases; absent = none. */ webhook?: WebhookConfig }

const webhookParts = (adapters: Adapters, webhook: WebhookConfig | undefined): Pick<ServiceOptions, 'reactors' | 'reactorsOff' | 'providers'> => webhook
  ? { reactors: [WebhookNoticesReactor], providers: [...deliveryOf({ sender: createWebhookSender(webhook), metrics: adapters.metrics }), { provide: NOTICE_TYPES, useValue: webhook.types }] }
  : { reactorsOff: [WEBHOOK_NOTICES] };

/** dispatch: from the order to the archive (rulebook §3, §4). */
@Module({})
export class DispatchModule {
  static forAdapters(adapters: Adapters, { webhook }: DispatchSettings): DynamicModule {
    return {
      module: DispatchModule,
      imports: [ServiceModule.forRoot({ name: 'dispatch', adapters, ...dispatchTables, entities: [caseBoardView], ...webhookParts(adapters, webhook) })],
      providers: [
        ...plainCommands.map(caseCommand), PhoneUnitHandler, DispatchCaseHandler, DesignateUnitHandler, RaiseDisputeHandler, SubmitResultHandler, ArchiveCaseHandler,
        CaseArchive, GetCaseQuery, ListCasesQuery, GetArchiveQuery,
      ],
    };
  }
}
