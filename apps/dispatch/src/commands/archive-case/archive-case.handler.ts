import { Injectable } from '@nestjs/common';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, refused } from '@gridcase/service';
import { CaseArchive } from '../../archive/case-archive';

/** @rule H4.2.8 — the record keeps the file's hash; the file itself can be made again from the record. */
@HandlesCommand('ArchiveCase')
@Injectable()
export class ArchiveCaseHandler implements CommandHandlerFor {
  constructor(private readonly desk: CaseDesk, private readonly archive: CaseArchive) {}

  async execute(call: CommandCall<{ caseId: string }>): Promise<CommandReply> {
    const { state, file } = await this.archive.of(call.body.caseId);
    if (!state) return refused('NOT_FOUND', { what: 'case' });
    if (!file) return refused('NOT_CLOSED', { phase: state.phase }, 'H4.2.8');
    const { sha256, bytes, events, headHash } = file;
    return this.desk.execute('ArchiveCase', { ...call, body: { caseId: call.body.caseId, sha256, bytes, events, headHash } }, undefined, { result: () => ({ sha256, bytes }) });
  }
}
