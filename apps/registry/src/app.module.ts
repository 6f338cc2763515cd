import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ServiceModule, type Adapters, type ServiceTables } from '@gridcase/service';
import { AdjustGridHandler } from './commands/adjust-grid/adjust-grid.handler';
import { AdmitItemsHandler } from './commands/admit-items/admit-items.handler';
import { AdoptPolicyHandler } from './commands/adopt-policy/adopt-policy.handler';
import { AssignOfficerHandler } from './commands/assign-officer/assign-officer.handler';
import { ImportGridTreeHandler } from './commands/import-grid-tree/import-grid-tree.handler';
import { PublishCalendarHandler } from './commands/publish-calendar/publish-calendar.handler';
import { RecodeGridHandler } from './commands/recode-grid/recode-grid.handler';
import { RegisterPeopleHandler } from './commands/register-people/register-people.handler';
import { RegisterUnitsHandler } from './commands/register-units/register-units.handler';
import { RegistryDesk } from './commands/registry-desk';
import { ReplaceGridWorkerHandler } from './commands/replace-grid-worker/replace-grid-worker.handler';
import { WithdrawItemHandler } from './commands/withdraw-item/withdraw-item.handler';
import { GetGridHistoryQuery } from './queries/get-grid-history/get-grid-history.query';
import { GetGridNoticeQuery } from './queries/get-grid-notice/get-grid-notice.query';
import { GetGridQuery } from './queries/get-grid/get-grid.query';
import { ListCalendarsQuery } from './queries/list-calendars/list-calendars.query';
import { ListGridsQuery } from './queries/list-grids/list-grids.query';
import { ListItemsQuery } from './queries/list-items/list-items.query';
import { ListPeopleQuery } from './queries/list-people/list-people.query';
import { ListPoliciesQuery } from './queries/list-policies/list-policies.query';
import { ListUnitsQuery } from './queries/list-units/list-units.query';

const commands: Provider[] = [
  RegistryDesk, ImportGridTreeHandler, AdjustGridHandler, RecodeGridHandler, ReplaceGridWorkerHandler, AssignOfficerHandler, RegisterUnitsHandler, RegisterPeopleHandler,
  AdmitItemsHandler, WithdrawItemHandler, PublishCalendarHandler, AdoptPolicyHandler,
];
const queries: Provider[] = [ListGridsQuery, GetGridQuery, GetGridHistoryQuery, GetGridNoticeQuery, ListUnitsQuery, ListPeopleQuery, ListItemsQuery, ListCalendarsQuery, ListPoliciesQuery];

export const registryTables: ServiceTables = { standing: 'registry.directory' };

/** Who and where: grids, units, people, item lists, calendars, policies. */
@Module({})
export class RegistryModule {
  static forRoot(adapters: Adapters): DynamicModule {
    return { module: RegistryModule, imports: [ServiceModule.forRoot({ name: 'registry', adapters, ...registryTables, providers: [...commands, ...queries] })] };
  }
}
