import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { adoptPolicy, chinaDate, packDigest, parsePack, policyStream } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand, refused } from '@gridcase/service';
import { RegistryDesk } from '../registry-desk';

/** `content`: YAML or JSON text, or the pack as an object. */
export interface AdoptPolicyBody { district: string; content: string | object; validFrom?: string; validTo?: string }

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** @rule X7 */
@HandlesCommand('AdoptPolicy')
@Injectable()
export class AdoptPolicyHandler implements CommandHandlerFor<AdoptPolicyBody> {
  constructor(private readonly desk: RegistryDesk) {}

  async execute(call: CommandCall<AdoptPolicyBody>): Promise<CommandReply> {
    const { district, content, validTo } = call.body;
    const parsed = parsePack(typeof content === 'string' ? content : JSON.stringify(content));
    if (!parsed.ok) return refused('POLICY_INVALID', { errors: parsed.errors, count: parsed.errors.length });
    const { pack } = parsed;
    const validFrom = call.body.validFrom ?? pack.validFrom;
    return this.desk.execute(policyStream(district), call, (state, env) => adoptPolicy({ district, pack, digest: packDigest(pack, sha256), validFrom, validTo }, state, { ...env, today: chinaDate(env.at) }),
      () => ({ pack: pack.id, version: pack.version, validFrom }));
  }
}
