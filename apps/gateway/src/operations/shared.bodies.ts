import type { EvidenceRef, Place } from '@gridcase/domain';
import { AreaCode, Choice, Id, Latitude, LocalDate, Longitude, Moment, Text, Whole } from './fields';

/** Every command may say when it happened; a handheld without a network sends later. */
export abstract class CommandBody {
  @Moment({ zh: '发生时间,缺省为当前时间', en: 'when it happened; default now', optional: true })
  occurredAt?: string;
}
/** A command that needs no words. */
export class EmptyBody extends CommandBody {}

/** As `POST /v1/evidence` answers it. @rule X13 N5 */
export class EvidenceRefBody implements EvidenceRef {
  @Text({ zh: '文件的 SHA-256', en: 'SHA-256 of the file', max: 64, pattern: /^[0-9a-f]{64}$/, example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' })
  sha256!: string;
  @Text({ zh: '媒体类型', en: 'media type', max: 100, pattern: /^[a-z]+\/[a-z0-9.+-]+$/, example: 'image/jpeg' })
  mediaType!: string;
  @Moment({ zh: '拍摄时间', en: 'when it was taken' })
  takenAt!: string;
  @Id({ zh: '拍摄人', en: 'who took it', example: 'worker-1' })
  takenBy!: string;
  @Longitude() longitude?: number;
  @Latitude() latitude?: number;
}

export class PlaceBody implements Place {
  @Text({ zh: '地址,按举报人所述', en: 'address as the reporter gave it', max: 500, example: '解放路 12 号门前' })
  address!: string;
  @AreaCode({ zh: '网格编码', en: 'grid code', optional: true })
  gridCode?: string;
  @Longitude() longitude?: number;
  @Latitude() latitude?: number;
}

export class LimitBody {
  @Whole({ zh: '数量', en: 'amount', example: 2, min: 1, max: 10_000 })
  amount!: number;
  @Choice(['minute', 'hour', 'workingDay'], { zh: '单位', en: 'unit', example: 'workingDay' })
  unit!: 'minute' | 'hour' | 'workingDay';
}

/** Keyset paging: `next` of one page is `cursor` of the following one. */
export abstract class PageParams {
  @Text({ zh: '上一页给出的 next', en: '`next` of the page before', max: 1000, optional: true })
  cursor?: string;
  @Whole({ zh: '每页条数', en: 'entries a page', example: 50, optional: true, min: 1, max: 200, fromText: true })
  limit?: number;
}
export class HistoryParams extends PageParams {}
export class NoParams {}

export class PeriodParams {
  @LocalDate({ zh: '起始日期', en: 'first day', example: '2025-09-22' })
  from!: string;
  @LocalDate({ zh: '截止日期(含)', en: 'last day, included', example: '2025-09-28' })
  to!: string;
}

