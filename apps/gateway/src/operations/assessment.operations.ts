import { centre, control, field, units } from './access';
import { CheckRecordParams, GetScorecardParams, GetWeeklyFindsParams, IssueQuotaWarningsBody, IssueScorecardBody, ListQuotaWarningsParams, ListScorecardsParams } from './assessment.bodies';
import { command, districtFrom, query, type Operation } from './operation';

const inOwnDistrict: Operation['complete'] = (params, caller) => ({ ...params, district: params.district ?? districtFrom(caller?.jurisdiction) });
const scored = [...centre, ...units, ...field, ...control] as const;
const onWorkers = [...centre, ...field, ...control] as const;

export const assessmentOperations: readonly Operation[] = [
  query('Assessment', 'assessment', 'GetScorecard', 'GET /v1/scorecards/:kind/:id', { access: scored, input: GetScorecardParams, complete: inOwnDistrict, zh: '计算考核成绩', en: 'Work out a scorecard for a period', rules: ['X19', 'H5.1', 'H5.2'] }),
  query('Assessment', 'assessment', 'ListScorecards', 'GET /v1/scorecards', {
    list: true, access: scored, input: ListScorecardsParams, complete: inOwnDistrict, zh: '考核成绩列表', en: 'List issued scorecards, or rank a period', rules: ['X19', 'X20', 'L4.6'],
    note: { zh: '给出 `from` 与 `to` 时为该期间的实时排名(`kind` 缺省为 unit);否则为已发布的成绩', en: 'with `from` and `to` the ranking of that period, worked out now (`kind` defaults to unit); without them the scorecards that were issued' },
  }),
  command('Assessment', 'IssueScorecard', 'POST /v1/scorecards', { creates: true, access: ['centre-director', 'supervision-office'], input: IssueScorecardBody, zh: '发布考核成绩', en: 'Issue a scorecard', rules: ['X19', 'H5.1'] }),
  query('Assessment', 'assessment', 'ListQuotaWarnings', 'GET /v1/quota-warnings', { list: true, access: onWorkers, input: ListQuotaWarningsParams, zh: '周发现数预警列表', en: 'List weekly quota warnings', rules: ['H5.3'] }),
  command('Assessment', 'IssueQuotaWarnings', 'POST /v1/quota-warnings', { creates: true, access: ['centre-director', 'system'], input: IssueQuotaWarningsBody, zh: '发出周发现数预警', en: 'Issue the quota warnings of a week', rules: ['H5.3'] }),
  query('Assessment', 'assessment', 'GetWeeklyFinds', 'GET /v1/weekly-finds', { access: onWorkers, input: GetWeeklyFindsParams, complete: inOwnDistrict, zh: '周发现数', en: 'Finds of a week per worker', rules: ['H5.3'] }),
];

export const auditOperations: readonly Operation[] = [
  query('Audit', 'audit', 'CheckRecord', 'GET /v1/audit/check', { access: ['auditor', 'system'], input: CheckRecordParams, zh: '校验记录', en: 'Check the record', rules: ['X18'],
    note: { zh: '`state` 为 `finished` 时给出结果;10 秒内未查完则为 `running` 并给出 `progress`,再次查询即可取得结果', en: '`state` is `finished` with the outcome, or `running` with `progress` when it takes longer than 10 seconds: ask again for the outcome' },
  }),
];
