import { ApiProperty } from '@nestjs/swagger';

export class CommandAnswerBody {
  @ApiProperty({ description: '所写流的编号 · id of what was written to', example: '0f8a3d5e-92b4-8c11-8e0a-7b5d4c3f2a10' })
  id!: string;
  @ApiProperty({ description: '版本,亦见 ETag · revision, also the ETag', example: 3 })
  revision!: number;
  @ApiProperty({ description: '位置,供 Gridcase-Min-Position 使用 · position for Gridcase-Min-Position', example: '1042' })
  position!: string;
  @ApiProperty({ description: '补充结果 · more about the outcome', required: false, type: Object })
  result?: Record<string, unknown>;
}
export class PageBody {
  @ApiProperty({ description: '条目 · entries', type: 'array', items: { type: 'object', additionalProperties: true } })
  items!: object[];
  @ApiProperty({ description: '下一页的 cursor · cursor of the next page', required: false })
  next?: string;
}
export class FieldErrorBody {
  @ApiProperty({ description: '字段 · field', example: 'place.address' })
  path!: string;
  @ApiProperty({ description: '代码 · code', example: 'NOT_TEXT' })
  code!: string;
  @ApiProperty({ description: '说明(英文)· message in English', example: 'must be text' })
  message!: string;
  @ApiProperty({ description: '说明(中文)· message in Chinese', example: '须为文本' })
  messageZh!: string;
}
/** RFC 9457 */
export class ProblemBody {
  @ApiProperty({ example: 'urn:gridcase:problem:validation-failed' })
  type!: string;
  @ApiProperty({ example: 'Validation failed' })
  title!: string;
  @ApiProperty({ example: 400 })
  status!: number;
  @ApiProperty({ description: '稳定的代码 · stable code', example: 'VALIDATION_FAILED' })
  code!: string;
  @ApiProperty({ description: '规则编号 · rulebook id', example: 'X12', required: false })
  rule?: string;
  @ApiProperty({ description: '说明(英文)· detail in English' })
  detail!: string;
  @ApiProperty({ description: '说明(中文)· detail in Chinese' })
  detailZh!: string;
  @ApiProperty({ type: [FieldErrorBody], required: false })
  errors?: FieldErrorBody[];
  @ApiProperty({ description: '关联编号 · correlation id' })
  correlationId!: string;
}
