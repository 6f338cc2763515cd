/** Bodies of commands on cases (owned by dispatch and sla-monitor). `caseId` comes from the path. */
import type { CaseCommands, CaseCommandType } from '@gridcase/domain';
import { AreaCode, Choice, Code, Codes, Flag, Id, Latitude, Longitude, Moment, Part, Parts, Text } from './fields';
import { CommandBody, EvidenceRefBody, LimitBody, PageParams } from './shared.bodies';

type BodyOf<K extends CaseCommandType> = CaseCommands[K];

/** @rule H4.2.2 H4.1.2 */
export class PhoneUnitBody extends CommandBody implements BodyOf<'PhoneUnit'> {
  @Code({ zh: '责任单位', en: 'unit', example: 'municipal-bureau' })
  unit!: string;
  @Text({ zh: '接听人', en: 'who was spoken to', max: 100, example: '值班员李某' })
  person!: string;
  @Flag({ zh: '是否接通', en: 'was it answered' })
  answered!: boolean;
  @Text({ zh: '备注', en: 'note', optional: true, min: 0 })
  note?: string;
}

/** @rule X12 X14 H4.1.2 L4.3 */
export class DispatchCaseBody extends CommandBody implements BodyOf<'DispatchCase'> {
  @Code({ zh: '主办单位', en: 'lead unit', example: 'municipal-bureau' })
  lead!: string;
  @Codes({ zh: '协办单位', en: 'co-handling units', example: ['sanitation-centre'], optional: true, max: 20 })
  coHandlers?: string[];
  @Text({ zh: '派单要求', en: 'instruction', example: '请于今日内设置围挡并更换井盖', optional: true, min: 0 })
  instruction?: string;
}

/** @rule X12 — 一次回弹 */
export class ReboundCaseBody extends CommandBody implements BodyOf<'ReboundCase'> {
  @Text({ zh: '理由', en: 'reason', example: '该井盖属通信管线,产权不在我单位' })
  reason!: string;
}

/** @rule X12 */
export class RuleOnReboundBody extends CommandBody implements BodyOf<'RuleOnRebound'> {
  @Choice(['uphold', 'overrule'], { zh: '认定结果:uphold 回弹成立,overrule 回弹不成立(须办理)', en: 'uphold: not its duty; overrule: it must act' })
  decision!: 'uphold' | 'overrule';
  @Text({ zh: '理由', en: 'reason', example: '经核实属市政雨水井' })
  reason!: string;
}

/** @rule X15 */
export class RaiseDisputeBody extends CommandBody implements BodyOf<'RaiseDispute'> {
  @Codes({ zh: '争议单位', en: 'units in dispute', example: ['municipal-bureau', 'enforcement-bureau'], min: 1, max: 20 })
  units!: string[];
  @Text({ zh: '争议事由', en: 'reason', example: '职责交叉,双方均认为不属本单位' })
  reason!: string;
}

/** @rule X15 — 托底 */
export class DesignateUnitBody extends CommandBody implements BodyOf<'DesignateUnit'> {
  @Code({ zh: '指定单位', en: 'designated unit', example: 'municipal-bureau' })
  unit!: string;
  @Codes({ zh: '协办单位', en: 'co-handling units', optional: true, max: 20 })
  coHandlers?: string[];
  @Text({ zh: '理由', en: 'reason', example: '协调不成,指定市政托底' })
  reason!: string;
}

/** @rule H4.2.3 L4.4 */
export class RecordArrivalBody extends CommandBody implements BodyOf<'RecordArrival'> {
  @Longitude() longitude?: number;
  @Latitude() latitude?: number;
  @Parts(() => EvidenceRefBody, { zh: '现场证据', en: 'evidence from the spot', optional: true, max: 20 })
  evidence?: EvidenceRefBody[];
}

/** @rule L4.4 */
export class GivePreliminaryOpinionBody extends CommandBody implements BodyOf<'GivePreliminaryOpinion'> {
  @Text({ zh: '初步意见', en: 'preliminary opinion', example: '需更换井座,预计两日' })
  opinion!: string;
}

/** @rule X13 YD3.3 */
export class ExplainDelayBody extends CommandBody implements BodyOf<'ExplainDelay'> {
  @Text({ zh: '不能按期完成的原因', en: 'why it cannot be done in time', example: '配件需外地调运' })
  reason!: string;
  @Part(() => LimitBody, { zh: '申请延长', en: 'extension asked for' })
  asked!: LimitBody;
}

/** @rule X13 */
export class RuleOnDelayBody extends CommandBody implements BodyOf<'RuleOnDelay'> {
  @Flag({ zh: '是否认可', en: 'is the reason accepted' })
  accept!: boolean;
  @Text({ zh: '理由', en: 'reason', example: '情况属实' })
  reason!: string;
  @Part(() => LimitBody, { zh: '准予延长', en: 'extension granted', optional: true })
  extension?: LimitBody;
}

/** @rule X14 */
export class ContributeWorkBody extends CommandBody implements BodyOf<'ContributeWork'> {
  @Text({ zh: '协办情况', en: 'what the co-handler did', example: '已清运现场垃圾' })
  note!: string;
  @Parts(() => EvidenceRefBody, { zh: '证据', en: 'evidence', optional: true, max: 20 })
  evidence?: EvidenceRefBody[];
}

/** @rule H4.2.6 X13 */
export class SubmitResultBody extends CommandBody implements BodyOf<'SubmitResult'> {
  @Text({ zh: '处置结果', en: 'result', example: '井盖已更换,现场已清理' })
  result!: string;
  @Id({ zh: '签字的主管领导', en: 'the leader in charge who signed', example: 'leader-1', optional: true })
  signedBy?: string;
  @Parts(() => EvidenceRefBody, { zh: '证据', en: 'evidence', optional: true, max: 20 })
  evidence?: EvidenceRefBody[];
}

/** @rule X16 L4.5 */
export class VerifyResultBody extends CommandBody implements BodyOf<'VerifyResult'> {
  @Choice(['close', 'redo'], { zh: '核查建议:结案或返工', en: 'close or do it again' })
  proposal!: 'close' | 'redo';
  @Text({ zh: '核查情况', en: 'what was seen', example: '现场已恢复' })
  note!: string;
  @Parts(() => EvidenceRefBody, { zh: '证据', en: 'evidence', optional: true, max: 20 })
  evidence?: EvidenceRefBody[];
  @Longitude() longitude?: number;
  @Latitude() latitude?: number;
}

/** @rule L4.5 */
export class ConfirmResultBody extends CommandBody implements BodyOf<'ConfirmResult'> {
  @Flag({ zh: '街道是否确认', en: 'does the street centre confirm' })
  confirmed!: boolean;
  @Text({ zh: '备注', en: 'note', optional: true, min: 0 })
  note?: string;
}

/** @rule H4.2.7 H4.1.3 */
export class RecordCallBackBody extends CommandBody implements BodyOf<'RecordCallBack'> {
  @Choice(['telephone', 'on-the-spot', 'wechat'], { zh: '回访方式', en: 'how' })
  medium!: 'telephone' | 'on-the-spot' | 'wechat';
  @Flag({ zh: '是否联系上', en: 'was the citizen reached' })
  reached!: boolean;
  @Flag({ zh: '结果是否属实', en: 'is the result true' })
  truthful!: boolean;
  @Flag({ zh: '群众是否满意', en: 'is the citizen satisfied' })
  satisfied!: boolean;
  @Text({ zh: '备注', en: 'note', optional: true, min: 0 })
  note?: string;
  @Parts(() => EvidenceRefBody, { zh: '录音、照片', en: 'recording, pictures', optional: true, max: 20 })
  evidence?: EvidenceRefBody[];
}

/** @rule X16 */
export class CloseCaseBody extends CommandBody implements BodyOf<'CloseCase'> {
  @Text({ zh: '结案说明', en: 'summary', example: '已处置,群众满意', optional: true, min: 0 })
  summary?: string;
}

/** @rule YD3.4 */
export class HandUpCaseBody extends CommandBody implements BodyOf<'HandUpCase'> {
  @Choice(['district', 'street', 'community'], { zh: '上报至', en: 'level it goes to', example: 'district' })
  to!: 'district' | 'street' | 'community';
  @AreaCode({ zh: '上级中心的行政区划代码', en: 'area code of that centre', example: '610524' })
  centre!: string;
  @Text({ zh: '理由', en: 'reason', example: '超出街道职责' })
  reason!: string;
}

/** @rule L4.5 — 抽查 */
export class SampleCaseBody extends CommandBody implements BodyOf<'SampleCase'> {
  @Flag({ zh: '抽查是否合格', en: 'was it good' })
  good!: boolean;
  @Text({ zh: '备注', en: 'note', optional: true, min: 0 })
  note?: string;
}

/** @rule L5.4 — 催办 */
export class UrgeUnitBody extends CommandBody implements BodyOf<'UrgeUnit'> {
  @Code({ zh: '被催办单位', en: 'unit', example: 'municipal-bureau' })
  unit!: string;
  @Text({ zh: '催办内容', en: 'notice', example: '请抓紧办理' })
  notice!: string;
  @Id({ zh: '所涉时限', en: 'clock it is about', optional: true })
  clock?: string;
}

/** @rule X17 H4.2.5 L5.4 — 督办 */
export class OpenSupervisionBody extends CommandBody implements BodyOf<'OpenSupervision'> {
  @Code({ zh: '被督办单位', en: 'unit', example: 'municipal-bureau' })
  unit!: string;
  @Choice(['overdue', 'untrue', 'procedure'], { zh: '事由:超时、结果不实、程序不当', en: 'cause' })
  cause!: 'overdue' | 'untrue' | 'procedure';
  @Text({ zh: '说明', en: 'reason', optional: true, min: 0 })
  reason?: string;
}

export class ListCasesParams extends PageParams {
  @Code({ zh: '案件状态', en: 'state of the case', example: 'dispatched', optional: true })
  state?: string;
  @Choice(['green', 'yellow', 'red'], { zh: '灯', en: 'light', optional: true })
  light?: 'green' | 'yellow' | 'red';
  @Code({ zh: '责任单位', en: 'unit', example: 'municipal-bureau', optional: true })
  unit?: string;
  @Text({ zh: '网格编码前缀', en: 'prefix of the grid code', max: 18, pattern: /^\d+$/, example: '610524100', optional: true })
  gridCode?: string;
  @Text({ zh: '街道(9 位)', en: 'street, 9 digits', max: 9, pattern: /^\d{9}$/, example: '610524100', optional: true })
  street?: string;
  @Text({ zh: '社区(12 位)', en: 'community, 12 digits', max: 12, pattern: /^\d{12}$/, example: '610524100001', optional: true })
  community?: string;
  @Code({ zh: '事项编码', en: 'item', example: 'C-101', optional: true })
  item?: string;
  @Moment({ zh: '立案时间不早于', en: 'filed at or after', optional: true })
  from?: string;
  @Moment({ zh: '立案时间早于', en: 'filed before', optional: true })
  to?: string;
  @Text({ zh: '描述、地址或案号包含', en: 'words of description, address or number', max: 100, example: '井盖', optional: true })
  text?: string;
}

export class AsOfParams {
  @Moment({ zh: '时点:返回案件在该时刻的状态', en: 'the case as it stood at that moment' })
  asOf!: string;
  @Choice(['occurred', 'recorded'], { zh: '按发生时间或记录时间,缺省为发生时间', en: 'what had happened by then, or what the record said then; default occurred', optional: true })
  by?: 'occurred' | 'recorded';
}

export class CaseClocksParams {
  @Moment({ zh: '时点,缺省为当前时间', en: 'the clocks at that moment; default now', optional: true })
  at?: string;
}
