/** Bodies of commands on reports and patrols (owned by intake). `reportId` comes from the path. */
import { AreaCode, Choice, Code, Decimal, DistrictCode, Flag, Id, LocalDate, Moment, Part, Parts, Text } from './fields';
import { CommandBody, EvidenceRefBody, PageParams, PlaceBody } from './shared.bodies';

export class ReporterBody {
  @Text({ zh: '真实姓名', en: 'real name', max: 100, example: '王秀英' })
  name!: string;
  @Text({ zh: '电话', en: 'telephone', max: 32, pattern: /^\+?[\d -]{3,30}$/, example: '13800000000' })
  telephone!: string;
  @Text({ zh: '微信标识', en: 'WeChat id', max: 128, optional: true })
  wechatId?: string;
}

/** @rule X2 X11 L3.1 H4 H4.2.1 — the caller's role decides who found it. */
export class ReceiveReportBody extends CommandBody {
  @DistrictCode({ zh: '区县代码;缺省取网格编码或令牌的管辖范围', en: 'district; default from the grid code or the jurisdiction of the token', optional: true })
  district?: string;
  @Code({ zh: '渠道,见政策包', en: 'channel, one of the policy pack', example: 'hotline' })
  channel!: string;
  @Part(() => PlaceBody, { zh: '地点', en: 'place' })
  place!: PlaceBody;
  @Text({ zh: '情况描述', en: 'what is wrong', example: '井盖破损,行人绕行' })
  description!: string;
  @Code({ zh: '事项编码(如已知)', en: 'item of the list, if known', example: 'C-101', optional: true })
  itemCode?: string;
  @Parts(() => EvidenceRefBody, { zh: '照片、视频等证据', en: 'photos, videos and other evidence', optional: true, max: 20 })
  evidence?: EvidenceRefBody[];
  @Moment({ zh: '举报时间;缺省为发生时间', en: 'when it was reported; default when it happened', optional: true })
  reportedAt?: string;
  @Part(() => ReporterBody, { zh: '举报人(加密保存)', en: 'the reporter (kept sealed)', optional: true })
  reporter?: ReporterBody;
  @Text({ zh: '渠道自身的消息编号', en: "the channel's own id of this message", max: 128, example: '12345-20250929-000123', optional: true })
  channelId?: string;
}

/** @rule H4.1.1 */
export class SortReportBody extends CommandBody {
  @Code({ zh: '事项编码', en: 'item of the list', example: 'C-101' })
  itemCode!: string;
  @Choice(['simple', 'general', 'major', 'complex'], { zh: '等级;缺省取事项清单', en: 'grade; default from the item list', example: 'general', optional: true })
  grade?: 'simple' | 'general' | 'major' | 'complex';
  @Choice(['normal', 'important'], { zh: '重要程度', en: 'importance' })
  importance!: 'normal' | 'important';
  @Choice(['normal', 'urgent'], { zh: '紧急程度', en: 'urgency' })
  urgency!: 'normal' | 'urgent';
  @Code({ zh: '业务归属', en: 'business it belongs to', example: 'municipal' })
  belonging!: string;
  @AreaCode({ zh: '网格编码;缺省取举报地点', en: "grid code; default from the report's place", optional: true })
  gridCode?: string;
}

/** @rule X11 */
export class FileReportBody extends CommandBody {
  @Choice(['district', 'street', 'community'], { zh: '受理层级;缺省按中心编码', en: 'level of the case; default from the centre', example: 'district', optional: true })
  level?: 'district' | 'street' | 'community';
  @AreaCode({ zh: '受理中心的行政区划代码;缺省取令牌的管辖范围', en: 'area code of the centre; default from the token', example: '610524', optional: true })
  centre?: string;
}

/** @rule X11 */
export class RefuseReportBody extends CommandBody {
  @Code({ zh: '不予立案的理由代码,见政策包', en: 'reason, one of the policy pack', example: 'not-a-grid-matter' })
  reasonCode!: string;
  @Text({ zh: '理由', en: 'reason', example: '属个人经济纠纷,不在城市管理范围' })
  reason!: string;
}

/** @rule L4.3 X8 */
export class TransferReportBody extends CommandBody {
  @Text({ zh: '转往的部门或平台', en: 'department or platform it goes to', max: 200, example: '县人力资源和社会保障局' })
  to!: string;
  @Text({ zh: '理由', en: 'reason', example: '欠薪投诉,不属于城市管理' })
  reason!: string;
}

/** @rule L4.3 */
export class RouteAsEmergencyBody extends CommandBody {
  @Text({ zh: '应急去向', en: 'where it goes', max: 200, example: '119' })
  to!: string;
  @Text({ zh: '理由', en: 'reason', example: '居民楼起火' })
  reason!: string;
}

/** @rule X2 X11 L4.4 — 自行处置 */
export class SettleOnSpotBody extends CommandBody {
  @Code({ zh: '事项编码', en: 'item of the list', example: 'E-203' })
  itemCode!: string;
  @Text({ zh: '处置说明', en: 'what was done', example: '已劝离占道摊点' })
  note!: string;
  @Parts(() => EvidenceRefBody, { zh: '证据(至少一份)', en: 'evidence, at least one', min: 1, max: 20 })
  evidence!: EvidenceRefBody[];
  @AreaCode({ zh: '网格编码;缺省取举报地点', en: "grid code; default from the report's place", optional: true })
  gridCode?: string;
}

/** A find settled at once, without a report before it. @rule X2 X11 L4.4 */
export class SettleFindBody extends SettleOnSpotBody {
  @Text({ zh: '地址', en: 'address', max: 500, example: '解放路 12 号门前', optional: true, min: 0 })
  address?: string;
}

/** @rule H5.2 */
export class JoinReportBody extends CommandBody {
  @Id({ zh: '并入的案件', en: 'the case it repeats' })
  caseId!: string;
  @Decimal({ zh: '两处距离(米)', en: 'distance in metres', example: 12.5, optional: true, min: 0, max: 100_000 })
  distanceMetres?: number;
}

export class PatrolCheckBody {
  @Code({ zh: '事项编码', en: 'item of the list', example: 'C-101' })
  itemCode!: string;
  @Flag({ zh: '是否发现问题', en: 'was anything wrong', example: false })
  found!: boolean;
  @Text({ zh: '说明', en: 'note', optional: true, min: 0 })
  note?: string;
}
export class TrackPointBody {
  @Moment({ zh: '时间', en: 'moment' })
  at!: string;
  @Decimal({ zh: '经度(WGS 84)', en: 'longitude, WGS 84 degrees', example: 110.15, min: -180, max: 180 })
  longitude!: number;
  @Decimal({ zh: '纬度(WGS 84)', en: 'latitude, WGS 84 degrees', example: 35.24, min: -90, max: 90 })
  latitude!: number;
}
/** @rule X11 */
export class RecordPatrolBody extends CommandBody {
  @AreaCode({ zh: '网格编码', en: 'grid code' })
  gridCode!: string;
  @Moment({ zh: '开始时间', en: 'when it began', example: '2025-09-29T08:40:00+08:00' })
  startedAt!: string;
  @Moment({ zh: '结束时间', en: 'when it ended', example: '2025-09-29T10:10:00+08:00' })
  endedAt!: string;
  @Parts(() => PatrolCheckBody, { zh: '巡查清单', en: 'checklist', max: 500 })
  checks!: PatrolCheckBody[];
  @Parts(() => TrackPointBody, { zh: '轨迹', en: 'track', max: 2000, optional: true })
  track?: TrackPointBody[];
}

export class ListReportsParams extends PageParams {
  @DistrictCode({ zh: '区县代码', en: 'district', optional: true })
  district?: string;
  @Choice(['worker', 'inspector', 'citizen', 'platform'], { zh: '发现者', en: 'found by', optional: true })
  foundBy?: string;
  @Flag({ zh: '只看本人受理的', en: 'only those received by the caller', optional: true, fromText: true })
  mine?: boolean;
  @Choice(['received', 'sorted', 'filed', 'refused', 'transferred', 'emergency', 'settled', 'joined'], { zh: '状态', en: 'state', optional: true })
  state?: string;
  @Code({ zh: '渠道', en: 'channel', example: 'hotline', optional: true })
  channel?: string;
  @Text({ zh: '网格编码前缀', en: 'prefix of the grid code', max: 18, pattern: /^\d+$/, example: '610524100', optional: true })
  gridCode?: string;
  @Code({ zh: '事项编码', en: 'item', example: 'C-101', optional: true })
  item?: string;
  @Moment({ zh: '举报时间不早于', en: 'reported at or after', optional: true })
  from?: string;
  @Moment({ zh: '举报时间早于', en: 'reported before', optional: true })
  to?: string;
  @Text({ zh: '描述或地址包含', en: 'words of description or address', max: 100, example: '井盖', optional: true })
  text?: string;
}

export class ListPatrolsParams extends PageParams {
  @Id({ zh: '网格员', en: 'worker', example: 'worker-1', optional: true })
  worker?: string;
  @Text({ zh: '网格编码前缀', en: 'prefix of the grid code', max: 18, pattern: /^\d+$/, example: '610524100', optional: true })
  gridCode?: string;
  @Moment({ zh: '开始时间不早于', en: 'begun at or after', optional: true })
  from?: string;
  @Moment({ zh: '开始时间早于', en: 'begun before', optional: true })
  to?: string;
}

/** @rule YD */
export class ListPatrolTimesParams extends PageParams {
  @DistrictCode({ zh: '区县代码;缺省取令牌的管辖范围', en: 'district; default from the token', optional: true })
  district?: string;
  @LocalDate({ zh: '日期', en: 'day' })
  date!: string;
  @Id({ zh: '网格员', en: 'worker', example: 'worker-1', optional: true })
  worker?: string;
  @Flag({ zh: '只看时长不足的', en: 'only those who were on patrol for less than they owe', optional: true, fromText: true })
  short?: boolean;
}
