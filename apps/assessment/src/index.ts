export { assessmentTables, createAssessmentModule } from './app.module';
export type { Scorecard } from './scoring/score-desk';
export type { WorkerWeek } from './scoring/quota-desk';
export type { RankedScorecard } from './queries/list-scorecards/list-scorecards.query';
export type { WeeklyFindsView } from './queries/get-weekly-finds/get-weekly-finds.query';
export type { IssuedScorecard, IssuedWarning } from './projections/issued.projection';
