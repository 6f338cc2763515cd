/** What the gateway does itself. */
import { centre, control, field, units } from './access';
import { Decimal, Moment } from './fields';
import { local, type Operation } from './operation';

export class UploadParams {
  @Moment({ zh: '拍摄时间;缺省为当前时间', en: 'when it was taken; default now', optional: true })
  takenAt?: string;
  @Decimal({ zh: '经度(WGS 84)', en: 'longitude, WGS 84 degrees', example: 110.15, optional: true, min: -180, max: 180, fromText: true })
  longitude?: number;
  @Decimal({ zh: '纬度(WGS 84)', en: 'latitude, WGS 84 degrees', example: 35.24, optional: true, min: -90, max: 90, fromText: true })
  latitude?: number;
}
export class AdvanceClockBody {
  @Moment({ zh: '拨到的时间', en: 'moment to go to' })
  to!: string;
}

const operators = ['registry-admin', 'system'] as const;

export const localOperations: readonly Operation[] = [
  local('Evidence', 'StoreEvidence', 'POST /v1/evidence', { creates: true, access: ['citizen', 'hotline-operator', ...centre, ...field, ...units, 'platform'], input: UploadParams, zh: '上传证据文件', en: 'Upload evidence', rules: ['X13', 'N5'] }),
  local('Evidence', 'ReadEvidence', 'GET /v1/evidence/:sha256', { access: ['hotline-operator', ...centre, ...field, ...units, ...control], zh: '读取证据文件', en: 'Read evidence', rules: ['X13', 'N5'] }),
  local('Simulation', 'ReadClock', 'GET /v1/simulation/clock', { access: operators, zh: '模拟时钟', en: 'Read the simulated clock' }),
  local('Simulation', 'AdvanceClock', 'POST /v1/simulation/clock', { access: operators, input: AdvanceClockBody, zh: '拨动模拟时钟', en: 'Advance the simulated clock' }),
];
