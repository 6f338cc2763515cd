import { ManualClock, type Instant } from '@gridcase/platform';

/** A Monday morning before a long holiday (National Day 2025): most clock rules show themselves within a fortnight. */
export const FAKE_START: Instant = '2025-09-22T01:00:00.000Z';

/** The clock of tests: stands still until it is moved, and says so in few words. */
export class FakeClock extends ManualClock {
  constructor(start: Instant = FAKE_START) {
    super(start);
  }

  advanceMinutes(minutes: number): void {
    this.advance(minutes * 60_000);
  }

  advanceHours(hours: number): void {
    this.advance(hours * 3_600_000);
  }

  advanceDays(days: number): void {
    this.advance(days * 86_400_000);
  }
}
