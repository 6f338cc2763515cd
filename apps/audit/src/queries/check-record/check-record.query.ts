import { Inject, Injectable } from '@nestjs/common';
import type { EventStore } from '@gridcase/event-store';
import type { QueryCall, QueryHandlerFor } from '@gridcase/platform';
import { AnswersQuery, EVENT_STORE, answered, type AnsweredReply } from '@gridcase/service';
import { checkStream } from '../../record-check/check-record';
import { RecordChecks, type CheckState } from '../../record-check/record-checks';

export interface CheckRecordParams { /** One stream alone. */ stream?: string }

const WAIT_MS = 10_000;

/** @rule X18 — the record is checked as a whole; a long check is asked for again until it is finished. */
@AnswersQuery('CheckRecord')
@Injectable()
export class CheckRecordQuery implements QueryHandlerFor<CheckRecordParams, CheckState> {
  constructor(private readonly checks: RecordChecks, @Inject(EVENT_STORE) private readonly store: EventStore) {}

  async answer({ params }: QueryCall<CheckRecordParams>): Promise<AnsweredReply<CheckState>> {
    const state: CheckState = params.stream ? { state: 'finished', ...(await checkStream(this.store, params.stream)) } : await this.checks.check(WAIT_MS);
    return answered(state, state.state === 'finished' ? BigInt(state.head) : BigInt(state.progress.position));
  }
}
