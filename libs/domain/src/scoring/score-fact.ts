/**
 * What is counted when units, workers and streets are scored: each fact rests on one event of the record, and a figure is
 * counted from facts, never from current state.
 * @rule X19 H5.1 H5.2
 */
import type { Instant } from '@gridcase/events';

export const scoreFactKinds = [
  'late-response', 'late-completion', 'dissatisfied', 'returned-order', 'urged', 'supervised', 'untrue-or-not-rectified', 'shirking',
  'not-found-by-worker', 'unreported', 'rest-day-report', 'led-hard-case',
] as const;
export type ScoreFactKind = (typeof scoreFactKinds)[number];

export interface ScoreSubject { kind: 'unit' | 'worker' | 'street'; id: string }

/** Where something was recorded: enough to look it up in the record. */
export interface Evidenced { occurredAt: Instant; stream: string; revision: number; eventId: string }

export interface ScoreFact extends Evidenced {
  kind: ScoreFactKind;
  subject: ScoreSubject;
  district: string;
  /** What it is about, where several facts make one finding (H5.2: three complaints about one case). */
  matter?: string;
  /** The pack version its case was filed under; absent for a report: the pack in force on that day scores it. */
  policy?: { pack: string; version: number };
}

/** The core indicators of H5.1: truth of results, satisfaction, completion in time; and response in time (H5.2). */
export const indicators = ['truth', 'satisfaction', 'on-time', 'response'] as const;
export type Indicator = (typeof indicators)[number];
export interface Observation extends Evidenced { indicator: Indicator; subject: ScoreSubject; district: string; good: boolean }
