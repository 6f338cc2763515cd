import type { Service } from '@gridcase/events';
import { refuse } from '../problems/problem';

/** One for all: it is thrown thousands of times a second when time is short. */
const busy = refuse('BUSY', undefined, { headers: { 'Retry-After': '1' } });
/** Calls to one service that are always let in at a time, unless it is set otherwise. */
export const CALLS_MIN = 6;
/** Calls to one service that are let in at a time, before it is known how many it can take. */
const AT_FIRST = 16;
/** Calls under way that do not make each other wait. */
const FEW = 2;
/** When even the quickest call of a while takes so many times as long as when there are few, calls wait for each other. */
const QUEUED_TIMES = 2;
const QUEUED_MS = 10;
const WHILE_MS = 100;
/** Steps of whatever is learnt. */
const FEWER = 0.8;
const MORE = 1.1;
const USUAL_AT_FIRST_MS = 10;

/** Ends a request. `answered`: it was accepted, so its time says something about the service. */
export type Leave = (answered: boolean) => void;

/**
 * Requests of both transports that are under way at once; more are turned away at the door, not queued. Of each service only as many as it
 * answers without a standing queue: what waits behind hundreds of others is answered late, and no sooner than if it came again.
 */
export class ConcurrencyLimit {
  private underWay = 0;
  private readonly services = new Map<Service, ServiceLimit>();

  /** @param callsMin calls to one service that are always let in at a time */
  constructor(private readonly max: number, private readonly callsMin: number, private readonly monotonicMs: () => number) {}

  get isIdle(): boolean {
    return this.underWay === 0;
  }

  /** @throws RefusedRequest BUSY with Retry-After */
  enter(service?: Service): Leave {
    if (this.underWay >= this.max) throw busy;
    const leaveService = service && this.of(service).enter();
    this.underWay++;
    let ended = false;
    return (answered) => {
      if (ended) return;
      ended = true;
      this.underWay--;
      leaveService?.(answered);
    };
  }

  private of(service: Service): ServiceLimit {
    let limit = this.services.get(service);
    if (!limit) this.services.set(service, (limit = new ServiceLimit(this.callsMin, this.monotonicMs)));
    return limit;
  }
}

/**
 * The quickest call of a while tells a queue from slow work: behind a queue everybody waits, while a long report beside others is slow
 * alone. A queue: fewer are let in. None, and somebody was turned away: more.
 */
class ServiceLimit {
  private underWay = 0;
  private max: number;
  private usualMs = USUAL_AT_FIRST_MS;
  private sinceMs = 0;
  private most = 0;
  private quickestMs = Infinity;
  private turnedAway = false;

  constructor(private readonly min: number, private readonly monotonicMs: () => number) {
    this.max = Math.max(AT_FIRST, min);
  }

  enter(): Leave {
    if (this.underWay >= this.max) {
      this.turnedAway = true;
      throw busy;
    }
    const enteredMs = this.monotonicMs();
    this.underWay++;
    this.most = Math.max(this.most, this.underWay);
    return (answered) => {
      this.underWay--;
      const nowMs = this.monotonicMs();
      if (answered) this.quickestMs = Math.min(this.quickestMs, nowMs - enteredMs);
      if (nowMs - this.sinceMs >= WHILE_MS) this.learn(nowMs);
    };
  }

  private learn(nowMs: number): void {
    if (this.quickestMs === Infinity) return;
    const { quickestMs, usualMs } = this;
    const queues = quickestMs > Math.max(QUEUED_MS, usualMs * QUEUED_TIMES);
    if (this.most <= FEW) this.usualMs = Math.min(Math.max(quickestMs, usualMs * FEWER), usualMs * MORE);
    if (queues && this.most > this.min) this.max = Math.max(this.min, Math.floor(Math.min(this.max, this.most) * FEWER));
    else if (!queues && this.turnedAway) this.max = Math.ceil(this.max * MORE);
    this.sinceMs = nowMs;
    this.most = this.underWay;
    this.quickestMs = Infinity;
    this.turnedAway = false;
  }
}
