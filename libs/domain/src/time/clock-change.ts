/**
 * What an event does to a clock of its case. Recorded in the very event that caused it, so that a deadline that was promised
 * is a fact of the record and no later policy or calendar can move it unseen.
 */
import type { Instant } from '@gridcase/events';
import type { ClockKind, Limit } from '../policy/pack';

/** `dispose/u-enforcement/2`: kind, whom it runs against, and the how-manieth of that kind and subject in this case. */
export type ClockId = string;
/** Whom a clock runs against: a unit (`unit:CODE`), a centre (`centre:CODE`) or a worker (`worker:ID`). */
export type ClockSubject = `unit:${string}` | `centre:${string}` | `worker:${string}`;

interface Change { clock: ClockId; at: Instant; cause: string }
export interface ClockStarted extends Change { op: 'start'; kind: ClockKind; subject: ClockSubject; limit: Limit; dueAt: Instant; warnAt?: Instant; /** Share of its time that is left when it turns yellow: kept, so that a resumed or moved clock warns by the same rule. */ warnShare?: number; rule: string; ownChoice?: boolean; /** The calendar of a year not announced yet was assumed (N2). */ provisional?: boolean }
/** `leftMs`: elapsed or working milliseconds left (negative when late). */
export interface ClockPaused extends Change { op: 'pause'; leftMs: number }
export interface ClockResumed extends Change { op: 'resume'; dueAt: Instant; warnAt?: Instant; provisional?: boolean }
export interface ClockStopped extends Change { op: 'stop'; usedMs: number; leftMs: number; /** After its due moment. */ late: boolean; /** Done, or no longer asked for. */ outcome: 'done' | 'dropped' }
/** An extension, or a change of the calendar (N2). */
export interface ClockMoved extends Change { op: 'move'; dueAt: Instant; warnAt?: Instant; provisional?: boolean; /** The extension granted; absent = the calendar changed. */ extendedBy?: Limit; /** Of a paused clock: its new remainder. */ leftMs?: number }
export type ClockChange = ClockStarted | ClockPaused | ClockResumed | ClockStopped | ClockMoved;
