/** Bodies and parameters of assessment, clocks and audit. */
import { AreaCode, Choice, Code, DistrictCode, Id, LocalDate, Moment, Text } from './fields';
import { CommandBody, PageParams, PeriodParams } from './shared.bodies';

const kinds = ['unit', 'worker', 'street'] as const;
type Kind = (typeof kinds)[number];

/** @rule X19 H5.1 */
export class IssueScorecardBody extends CommandBody {
  @DistrictCode({ zh: '区县代码', en: 'district' })
  district!: string;
  @Choice(kinds, { zh: '考核对象种类', en: 'kind of subject' })
  kind!: Kind;
  @Id({ zh: '考核对象', en: 'subject', example: 'municipal-bureau' })
  id!: string;
  @LocalDate({ zh: '起始日期', en: 'first day', example: '2025-09-22' })
  from!: string;
  @LocalDate({ zh: '截止日期(含)', en: 'last day, included', example: '2025-09-28' })
  to!: string;
}
/** @rule H5.3 */
export class IssueQuotaWarningsBody extends CommandBody {
  @DistrictCode({ zh: '区县代码', en: 'district' })
  district!: string;
  @LocalDate({ zh: '该周的任一日期', en: 'any day of that week', example: '2025-09-22' })
  week!: string;
}
export class GetScorecardParams extends PeriodParams {
  @DistrictCode({ zh: '区县代码;缺省取令牌的管辖范围', en: 'district; default from the token', optional: true })
  district?: string;
}
/** With a period: the ranking of that period, worked out now; without: the scorecards that were issued. */
export class ListScorecardsParams extends PageParams {
  @LocalDate({ zh: '起始日期', en: 'first day', example: '2025-09-22', optional: true })
  from?: string;
  @LocalDate({ zh: '截止日期(含)', en: 'last day, included', example: '2025-09-28', optional: true })
  to?: string;
  @DistrictCode({ zh: '区县代码', en: 'district', optional: true })
  district?: string;
  @Choice(kinds, { zh: '考核对象种类', en: 'kind of subject', optional: true })
  kind?: Kind;
  @Id({ zh: '考核对象', en: 'subject', optional: true })
  id?: string;
}
export class ListQuotaWarningsParams extends PageParams {
  @DistrictCode({ zh: '区县代码', en: 'district', optional: true })
  district?: string;
  @Id({ zh: '网格员', en: 'worker', optional: true })
  worker?: string;
  @LocalDate({ zh: '该周的任一日期', en: 'any day of that week', optional: true })
  week?: string;
}
export class GetWeeklyFindsParams {
  @DistrictCode({ zh: '区县代码;缺省取令牌的管辖范围', en: 'district; default from the token', optional: true })
  district?: string;
  @LocalDate({ zh: '该周的任一日期', en: 'any day of that week', example: '2025-09-22' })
  week!: string;
}

export class ListClocksParams extends PageParams {
  @Id({ zh: '案件', en: 'case', optional: true })
  caseId?: string;
  @Code({ zh: '单位', en: 'unit', example: 'municipal-bureau', optional: true })
  unit?: string;
  @Code({ zh: '时限种类', en: 'kind of clock', example: 'dispose', optional: true })
  kind?: string;
  @Choice(['running', 'paused', 'stopped'], { zh: '状态', en: 'state', optional: true })
  state?: string;
  @Choice(['green', 'yellow', 'red'], { zh: '灯', en: 'light', optional: true })
  light?: string;
  @Text({ zh: '街道(9 位)', en: 'street, 9 digits', max: 9, pattern: /^\d{9}$/, example: '610524100', optional: true })
  street?: string;
  @Text({ zh: '社区(12 位)', en: 'community, 12 digits', max: 12, pattern: /^\d{12}$/, example: '610524100001', optional: true })
  community?: string;
  @AreaCode({ zh: '范围', en: 'within this area', example: '610524', optional: true })
  area?: string;
  @Moment({ zh: '到期早于', en: 'due before', optional: true })
  dueBefore?: string;
}
/** @rule L4.6 */
export class GetLightsParams {
  @Choice(['unit', 'street', 'community'], { zh: '汇总维度', en: 'rolled up by', optional: true })
  by?: string;
  @AreaCode({ zh: '范围', en: 'within this area', example: '610524', optional: true })
  area?: string;
}
export class ListSupervisionsParams extends PageParams {
  @AreaCode({ zh: '范围', en: 'within this area', example: '610524', optional: true })
  area?: string;
  @Code({ zh: '单位', en: 'unit', example: 'municipal-bureau', optional: true })
  unit?: string;
  @Id({ zh: '案件', en: 'case', optional: true })
  caseId?: string;
  @Choice(['open', 'lifted', 'lapsed'], { zh: '状态', en: 'state', optional: true })
  state?: string;
}
/** @rule X18 */
export class CheckRecordParams {
  @Text({ zh: '只查一个流,如 case-1', en: 'one stream only, such as case-1', max: 200, optional: true })
  stream?: string;
}
