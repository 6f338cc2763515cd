import type { Instant } from '@gridcase/platform';
import type { CaseLives, LifeKind } from '@gridcase-apps/standalone';
import type { PlatformOptions, PlatformUnderTest, Profile } from './platform/under-test';
import type { Seeded } from './seeded';

/** What a case works with while the load goes on. */
export interface World {
  platform: PlatformUnderTest;
  /** What is chosen, and when, follows from the seed. */
  random: Seeded;
  /** Into the report: what was done, and when. */
  note(what: string): void;
  /** Of the load: what a case sends through them, or notes as acknowledged, the closing check looks at too. */
  lives: CaseLives;
  /** Commands acknowledged so far. */
  acknowledged(): number;
  /** Of all answers so far, how often each with a status from 500 on: as `503 SERVICE_UNAVAILABLE`. */
  serverErrors(): Map<string, number>;
  /** Load without anything else. Cut short when the load has failed. */
  pause(ms: number): Promise<void>;
  /** Resolves when so many more commands were acknowledged. @throws after `timeoutMs` */
  moreAcknowledged(count: number, timeoutMs?: number): Promise<void>;
  /** Something beside the closing check that does not hold. */
  problem(text: string): void;
}

export interface FaultCase {
  /** kebab-case; `--case` */
  name: string;
  about: string;
  profiles: readonly Profile[];
  /** Also in the short set, in these profiles. */
  short?: readonly Profile[];
  /** How the platform is started; cases that agree in this share one as long as each leaves it whole. */
  platform?: Partial<Pick<PlatformOptions, 'env' | 'proxied' | 'embedded' | 'eventStoreDb'>> & { /** Not a simulated clock, but the host's; told what that shows when the platform is started. */ hostClock?: () => Instant };
  load?: { lanes?: number; kinds?: readonly LifeKind[]; clock?: 'moves' | 'stands' };
  /** Hurts it, and heals what does not heal by itself. Recovery is measured from where it resolves. */
  inject(world: World): Promise<void>;
}

export interface CaseReport {
  case: string; profile: Profile; seed: number; held: boolean;
  /** Seconds from the start of the load, and what was done. */
  done: { atS: number; what: string }[];
  acknowledged: number; retried: number; refused: Record<string, number>; statuses: Record<string, number>;
  /** Acknowledged and not on record as it was; on record more than once. */
  lost: number; twice: number;
  /** From the end of the injection until every process was ready and something was acknowledged again. */
  recoveryMs: number;
  /** Longest time in which no command at all was acknowledged. */
  silenceMs: number;
  seconds: number;
  problems: string[];
}
