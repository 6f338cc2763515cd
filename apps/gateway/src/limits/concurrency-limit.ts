import { refuse } from '../problems/problem';

/** Requests of both transports that are under way at once; more are turned away at the door, not queued. */
export class ConcurrencyLimit {
  private underWay = 0;

  constructor(private readonly max: number) {}

  get isIdle(): boolean {
    return this.underWay === 0;
  }

  /** The returned function ends the request. @throws RefusedRequest BUSY with Retry-After */
  enter(): () => void {
    if (this.underWay >= this.max) throw refuse('BUSY', undefined, { headers: { 'Retry-After': '1' } });
    this.underWay++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.underWay--;
    };
  }
}
