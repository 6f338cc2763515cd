import { Body, Controller, Inject, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { roles, type Role } from '@gridcase/domain';
import { readInput } from '../calls/read-input';
import { Choice, Code, Decimal, Id, Text } from '../operations/fields';
import { DEMO_ISSUER } from '../tokens';
import type { DemoIssuer, DemoTokenRequest } from './demo-issuer';

export class DemoTokenBody implements DemoTokenRequest {
  @Id({ zh: '人员标识', en: 'who', example: 'operator-1' })
  sub!: string;
  @Choice(roles, { zh: '角色', en: 'role', example: 'centre-operator' })
  role!: Role;
  @Text({ zh: '管辖范围(行政区划代码前缀)', en: 'jurisdiction, a prefix of area codes', min: 0, max: 18, pattern: /^(\d{2,18})?$/, example: '610524' })
  jurisdiction!: string;
  @Code({ zh: '单位', en: 'unit', example: 'municipal-bureau', optional: true })
  unit?: string;
  @Text({ zh: '姓名', en: 'name', max: 100, optional: true })
  name?: string;
  @Decimal({ zh: '有效小时数', en: 'hours it is valid', example: 12, optional: true, min: 0.01, max: 720 })
  hours?: number;
}

/** Mounted only where the composition root passes a demo issuer. */
@ApiTags('Demo')
@Controller('v1/demo')
export class DemoTokensController {
  constructor(@Inject(DEMO_ISSUER) private readonly issuer: DemoIssuer) {}

  @Post('tokens')
  @ApiOperation({ operationId: 'IssueDemoToken', summary: '签发演示令牌(仅供试用) · Issue a demo token (trials only)', security: [] })
  issue(@Body() body: unknown): { token: string; tokenType: 'Bearer'; expiresAt: string } {
    const { token, expiresAt } = this.issuer.issue(readInput(DemoTokenBody, body ?? {}) as DemoTokenBody);
    return { token, tokenType: 'Bearer', expiresAt };
  }
}
