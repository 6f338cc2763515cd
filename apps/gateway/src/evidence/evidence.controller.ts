import type { Readable } from 'node:stream';
import { Controller, Inject, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { EvidenceRef } from '@gridcase/domain';
import type { Clock } from '@gridcase/platform';
import type { FastifyReply } from 'fastify';
import { readIds, readInput } from '../calls/read-input';
import { refuse } from '../problems/problem';
import type { GatewayRequest } from '../rest/gateway-request';
import { LocalRoute } from '../rest/local-route.decorator';
import { EVIDENCE_STORE, GATEWAY_CLOCK } from '../tokens';
import type { EvidenceStore } from './evidence-store';

export const EVIDENCE_BYTES_MAX = 50 * 1024 * 1024;

/** Photos, videos, recordings and documents beside the record. @rule X13 N5 */
@ApiTags('Evidence')
@Controller()
export class EvidenceController {
  constructor(@Inject(EVIDENCE_STORE) private readonly store: EvidenceStore, @Inject(GATEWAY_CLOCK) private readonly clock: Clock) {}

  /** The body is the file itself; when and where it was taken comes in the query, who took it from the token. */
  @LocalRoute('StoreEvidence')
  @ApiConsumes('application/octet-stream', 'image/jpeg', 'image/png', 'video/mp4', 'application/pdf')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  async put(@Req() request: GatewayRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<EvidenceRef & { bytes: number }> {
    const { takenAt, longitude, latitude } = readInput(request.operation!.input, request.query);
    const declaredBytes = Number(request.headers['content-length'] ?? 0);
    if (declaredBytes > EVIDENCE_BYTES_MAX) throw refuse('EVIDENCE_TOO_LARGE', { limit: EVIDENCE_BYTES_MAX }, { headers: { Connection: 'close' } });
    if (!isStream(request.body)) throw refuse('EVIDENCE_TYPE_UNKNOWN');
    const { sha256, mediaType, bytes } = await this.store.put(request.body, EVIDENCE_BYTES_MAX);
    const declared = request.headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase();
    if (declared && declared !== 'application/octet-stream' && declared !== mediaType) throw refuse('EVIDENCE_TYPE_DIFFERS', { declared, found: mediaType });
    reply.header('Location', `/v1/evidence/${sha256}`);
    return { sha256, mediaType, takenAt: takenAt ?? this.clock.now(), takenBy: request.caller!.person, ...(longitude !== undefined && { longitude }), ...(latitude !== undefined && { latitude }), bytes };
  }

  @LocalRoute('ReadEvidence')
  async read(@Req() request: GatewayRequest, @Res() reply: FastifyReply): Promise<void> {
    const { sha256 } = readIds(request.operation!, request.params as Record<string, unknown>);
    const found = await this.store.open(sha256!);
    if (!found) throw refuse('EVIDENCE_NOT_FOUND');
    const etag = `"${found.sha256}"`;
    // Shown by a browser it must not run: some of it is from the public.
    reply.header('ETag', etag).header('Cache-Control', 'private, max-age=31536000, immutable').header('Content-Security-Policy', "default-src 'none'; sandbox").header('Content-Disposition', `attachment; filename="${found.sha256}"`);
    if (request.headers['if-none-match'] === etag) {
      found.content.destroy();
      await reply.status(304).send();
      return;
    }
    await reply.type(found.mediaType).header('Content-Length', found.bytes).send(found.content);
  }
}
const isStream = (body: unknown): body is Readable => typeof (body as Readable | undefined)?.pipe === 'function';
