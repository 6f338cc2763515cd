import type { DynamicModule } from '@nestjs/common';
import { ServiceModule, type Adapters, type ServiceTables } from '@gridcase/service';
import { IssueQuotaWarningsHandler } from './commands/issue-quota-warnings/issue-quota-warnings.handler';
import { IssueScorecardHandler } from './commands/issue-scorecard/issue-scorecard.handler';
import { issuedProjection, issuedScorecardsView, quotaWarningsView } from './projections/issued.projection';
import { scoreFactsProjection } from './projections/score-facts.projection';
import { GetScorecardQuery } from './queries/get-scorecard/get-scorecard.query';
import { GetWeeklyFindsQuery } from './queries/get-weekly-finds/get-weekly-finds.query';
import { ListQuotaWarningsQuery } from './queries/list-quota-warnings/list-quota-warnings.query';
import { ListScorecardsQuery } from './queries/list-scorecards/list-scorecards.query';
import { QuotaDesk } from './scoring/quota-desk';
import { ScoreDesk } from './scoring/score-desk';

export const assessmentTables: ServiceTables = { projections: [scoreFactsProjection, issuedProjection] };

/** Scores, rankings, weekly quota. */
export const createAssessmentModule = (adapters: Adapters): DynamicModule => ServiceModule.forRoot({
  name: 'assessment', adapters, ...assessmentTables, entities: [issuedScorecardsView, quotaWarningsView],
  providers: [ScoreDesk, QuotaDesk, IssueScorecardHandler, IssueQuotaWarningsHandler, GetScorecardQuery, ListScorecardsQuery, ListQuotaWarningsQuery, GetWeeklyFindsQuery],
});
