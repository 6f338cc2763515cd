/** Policy packs a district adopts, by date: stream `policy-{district}`. */
import { rejected, type DomainEvent, type Rejection } from '@gridcase/events';
import type { PolicyPack } from '../policy/pack';
import type { Directory } from './directory';
import { districtIn, outsideJurisdiction, sameData, type RegistryEnvironment } from './registry';

export interface AdoptPolicy { district: string; pack: PolicyPack; /** SHA-256 of the pack's canonical JSON. */ digest: string; validFrom: string; validTo?: string }
/** `today`: the local date on which it is adopted. */
export interface AdoptionEnvironment extends RegistryEnvironment { today: string }

/** Never for days that have passed: a past figure does not change. A version is one text for ever. @rule X7 */
export function adoptPolicy(command: AdoptPolicy, state: Directory, env: AdoptionEnvironment): DomainEvent[] | Rejection {
  const { district, pack, digest, validFrom, validTo } = command;
  const refusal = outsideJurisdiction(env.actor, district);
  if (refusal) return refusal;
  const adopted = districtIn(state, district).policies.filter((adoption) => adoption.pack === pack.id && adoption.version === pack.version);
  if (adopted.some((adoption) => !sameData(adoption.content, pack))) return rejected('POLICY_VERSION_TAKEN', { pack: pack.id, version: pack.version });
  if (adopted.some((adoption) => adoption.validFrom === validFrom && adoption.validTo === validTo)) return [];
  if (validTo !== undefined && validTo < validFrom) return rejected('POLICY_DATES_INVALID', { validFrom, validTo });
  if (validFrom < env.today) return rejected('POLICY_IN_THE_PAST', { validFrom, today: env.today });
  return [{ type: 'PolicyAdopted', data: { district, pack: pack.id, version: pack.version, validFrom, ...(validTo !== undefined && { validTo }), content: pack, digest } }];
}
