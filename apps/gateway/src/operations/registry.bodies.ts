/** Bodies of registry commands. Grid codes of the path give the district. */
import { entriesMax, itemNatures, type ItemEntry, type ItemNature } from '@gridcase/domain';
import type { Person, Unit } from '@gridcase/events';
import { AreaCode, Choice, Code, Codes, DistrictCode, Document, Flag, Id, LocalDate, Part, Parts, Text, Whole } from './fields';
import { CommandBody, PageParams } from './shared.bodies';

const district = { zh: '区县代码', en: 'district' } as const;
const filing = { zh: '备案编号', en: 'filing with the level above', max: 200, example: '合网备〔2025〕12号' } as const;
const why = { zh: '理由', en: 'reason', example: '小区新增两栋楼' } as const;

/** A tree of some 50,000 grids. */
export const GRID_TREE_BYTES_MAX = 8 * 1024 * 1024;
/** @rule X10 Z7 H2 — one file, all or nothing. Also accepted as `text/csv` or `application/yaml` with the other fields in the query. */
export class ImportGridTreeBody extends CommandBody {
  @DistrictCode(district)
  district!: string;
  @Choice(['csv', 'yaml'], { zh: '文件格式', en: 'format' })
  format!: 'csv' | 'yaml';
  @Text({ zh: '文件内容', en: 'content of the file', max: GRID_TREE_BYTES_MAX, example: 'code,name,kind,parent,workers\n610524100,城关街道,street,,' })
  content!: string;
  @Text(filing)
  filing!: string;
}

export class GridChangeBody {
  @Text({ zh: '名称', en: 'name', max: 200, optional: true })
  name?: string;
  @Text({ zh: '范围', en: 'area in words', max: 2000, optional: true })
  area?: string;
  @Whole({ zh: '户数', en: 'households', optional: true, min: 0, max: 1_000_000 })
  households?: number;
  @Whole({ zh: '人口', en: 'population', optional: true, min: 0, max: 10_000_000 })
  population?: number;
  @Choice(['A', 'B', 'C'], { zh: '网格等级', en: 'class', optional: true })
  class?: 'A' | 'B' | 'C';
  @Id({ zh: '网格长', en: 'grid chief', example: 'chief-1', optional: true })
  chief?: string;
  @Codes({ zh: '网格员', en: 'workers', example: ['worker-1'], optional: true, min: 1, max: 50 })
  workers?: string[];
}
/** @rule X10 Z7 */
export class AdjustGridBody extends CommandBody {
  @Part(() => GridChangeBody, { zh: '变更内容', en: 'what changes' })
  change!: GridChangeBody;
  @Text(why)
  reason!: string;
  @Text(filing)
  filing!: string;
}
/** @rule Z7 */
export class RecodeGridBody extends CommandBody {
  @AreaCode({ zh: '新编码', en: 'new code', example: '610524100001002' })
  to!: string;
  @Text(why)
  reason!: string;
  @Text(filing)
  filing!: string;
}
/** @rule H3 */
export class ReplaceGridWorkerBody extends CommandBody {
  @Id({ zh: '离任网格员', en: 'worker who leaves', example: 'worker-1', optional: true })
  out?: string;
  @Id({ zh: '接任网格员', en: 'worker who comes', example: 'worker-2' })
  in!: string;
  @Text(why)
  reason!: string;
  @Text(filing)
  filing!: string;
}
/** @rule X4 — 包片 */
export class AssignOfficerBody extends CommandBody {
  @Code({ zh: '部门', en: 'department', example: 'municipal' })
  department!: string;
  @Code({ zh: '单位', en: 'unit', example: 'municipal-bureau' })
  unit!: string;
  @Id({ zh: '包片人员', en: 'officer', example: 'officer-1' })
  person!: string;
}

export class BilingualBody {
  @Text({ zh: '中文', en: 'Chinese', max: 200, example: '市政管理处' })
  zh!: string;
  @Text({ zh: '英文', en: 'English', max: 200, example: 'Municipal bureau' })
  en!: string;
}
export class UnitBody implements Unit {
  @Code({ zh: '单位代码', en: 'code', example: 'municipal-bureau' })
  code!: string;
  @Part(() => BilingualBody, { zh: '名称', en: 'name' })
  name!: BilingualBody;
  @Code({ zh: '部门', en: 'department', example: 'municipal' })
  department!: string;
  @Choice(['district', 'street', 'community'], { zh: '层级', en: 'level' })
  level!: 'district' | 'street' | 'community';
  @AreaCode({ zh: '管辖范围', en: 'jurisdiction', example: '610524' })
  jurisdiction!: string;
  @Text({ zh: '电话', en: 'telephone', max: 32, optional: true })
  telephone?: string;
}
export class RegisterUnitsBody extends CommandBody {
  @DistrictCode(district)
  district!: string;
  @Parts(() => UnitBody, { zh: '单位', en: 'units', min: 1, max: entriesMax })
  units!: UnitBody[];
}
export class PersonBody implements Person {
  @Id({ zh: '人员标识(令牌的 sub)', en: 'id, the `sub` of tokens', example: 'worker-1' })
  id!: string;
  @Text({ zh: '姓名', en: 'name', max: 100, example: '张伟' })
  name!: string;
  @Codes({ zh: '角色', en: 'roles', example: ['grid-worker'], min: 1, max: 14 })
  roles!: string[];
  @AreaCode({ zh: '管辖范围', en: 'jurisdiction', example: '610524100001' })
  jurisdiction!: string;
  @Code({ zh: '单位', en: 'unit', optional: true })
  unit?: string;
  @Text({ zh: '电话', en: 'telephone', max: 32, optional: true })
  telephone?: string;
}
/** @rule H3 Z12 */
export class RegisterPeopleBody extends CommandBody {
  @DistrictCode(district)
  district!: string;
  @Parts(() => PersonBody, { zh: '人员', en: 'people', min: 1, max: entriesMax })
  people!: PersonBody[];
}
export class ItemBody implements ItemEntry {
  @Code({ zh: '事项编码', en: 'code', example: 'C-101' })
  code!: string;
  @Part(() => BilingualBody, { zh: '名称', en: 'name' })
  name!: BilingualBody;
  @Text({ zh: '类别', en: 'category', max: 100, example: '公用设施' })
  category!: string;
  @Choice(['component', 'event', 'service'], { zh: '种类:部件、事件、服务', en: 'kind' })
  kind!: 'component' | 'event' | 'service';
  @Text({ zh: '立案标准', en: 'standard', max: 2000, example: '井盖缺失、破损或移位' })
  standard!: string;
  @Choice(['simple', 'general', 'major', 'complex'], { zh: '等级', en: 'grade', example: 'general' })
  grade!: 'simple' | 'general' | 'major' | 'complex';
  @Code({ zh: '责任部门', en: 'department that answers', example: 'municipal' })
  department!: string;
  @Codes({ zh: '协办部门', en: 'co-handling departments', example: [], max: 20 })
  coDepartments!: string[];
  @Code({ zh: '固定主办单位', en: 'fixed lead unit', optional: true })
  leadUnit?: string;
  @Flag({ zh: '是否列入巡查', en: 'is it on the patrol list' })
  patrolled!: boolean;
  @Choice(itemNatures, { zh: '行为性质;前四种不得列入清单', en: 'nature of the act; the first four are not admitted', example: 'inspection', optional: true })
  nature?: ItemNature;
}
/** `nature` decides upon admission (Z10) and is not kept. @rule Z10 X6 X7 */
export class AdmitItemsBody extends CommandBody {
  @DistrictCode(district)
  district!: string;
  @Parts(() => ItemBody, { zh: '事项', en: 'items', min: 1, max: entriesMax })
  items!: ItemBody[];
}
/** From the query string: a DELETE has no body. */
export class WithdrawItemBody extends CommandBody {
  @DistrictCode(district)
  district!: string;
  @Text({ zh: '理由', en: 'reason', example: '不再由网格办理' })
  reason!: string;
}
export class HolidayBody {
  @LocalDate({ zh: '日期', en: 'date', example: '2025-10-01' })
  date!: string;
  @Text({ zh: '名称', en: 'name', max: 50, example: '国庆节' })
  name!: string;
}
/** @rule N2 */
export class PublishCalendarBody extends CommandBody {
  @DistrictCode(district)
  district!: string;
  @Whole({ zh: '年份', en: 'year', example: 2025, min: 2000, max: 2100 })
  year!: number;
  @Parts(() => HolidayBody, { zh: '放假日', en: 'holidays', max: 366 })
  holidays!: HolidayBody[];
  @LocalDate({ zh: '调休上班日', en: 'make-up working days', example: ['2025-09-28', '2025-10-11'], each: true })
  workdays!: string[];
  @Text({ zh: '依据', en: 'source', max: 500, example: '国办发明电〔2024〕12号' })
  source!: string;
}
/** `content`: a policy pack as text (YAML or JSON) or as an object. Also accepted as `application/yaml` with the other fields in the query. */
export class AdoptPolicyBody extends CommandBody {
  @DistrictCode(district)
  district!: string;
  @Document({ zh: '政策包(YAML、JSON 文本或对象)', en: 'policy pack: YAML or JSON text, or an object', max: 500_000 })
  content!: string | Record<string, unknown>;
  @LocalDate({ zh: '施行日期;缺省取政策包', en: 'in force from; default from the pack', example: '2025-01-01', optional: true })
  validFrom?: string;
  @LocalDate({ zh: '失效日期', en: 'in force until', example: '2025-12-31', optional: true })
  validTo?: string;
}

export class ListGridsParams extends PageParams {
  @DistrictCode({ ...district, optional: true })
  district?: string;
  @Whole({ zh: '层级', en: 'tier', optional: true, min: 0, max: 4, fromText: true })
  tier?: number;
  @Flag({ zh: '只看缺少包片人员的网格', en: 'only grids that lack an officer of the five departments', optional: true, fromText: true })
  gaps?: boolean;
  @Text({ zh: '编码前缀', en: 'prefix of the code', max: 18, pattern: /^\d+$/, example: '610524', optional: true })
  prefix?: string;
  @AreaCode({ zh: '上级网格', en: 'the grid above', optional: true })
  parent?: string;
  @Choice(['district', 'street', 'community', 'grid', 'dedicated'], { zh: '种类', en: 'kind', optional: true })
  kind?: string;
  @Id({ zh: '网格员', en: 'worker', optional: true })
  worker?: string;
  @Choice(['A', 'B', 'C'], { zh: '网格等级', en: 'class', optional: true })
  class?: 'A' | 'B' | 'C';
}
export class DistrictPageParams extends PageParams {
  @DistrictCode({ ...district, optional: true })
  district?: string;
}
export class ListUnitsParams extends DistrictPageParams {
  @Code({ zh: '部门', en: 'department', example: 'municipal', optional: true })
  department?: string;
}
export class ListPeopleParams extends DistrictPageParams {
  @Code({ zh: '角色', en: 'role', example: 'grid-worker', optional: true })
  role?: string;
  @Code({ zh: '单位', en: 'unit', optional: true })
  unit?: string;
}
export class ListItemsParams extends DistrictPageParams {
  @Choice(['component', 'event', 'service'], { zh: '种类', en: 'kind', optional: true })
  kind?: string;
  @Code({ zh: '部门', en: 'department', example: 'municipal', optional: true })
  department?: string;
}
export class ListCalendarsParams extends DistrictPageParams {
  @Whole({ zh: '年份', en: 'year', example: 2025, optional: true, min: 2000, max: 2100, fromText: true })
  year?: number;
}
