import { Inject, Injectable } from '@nestjs/common';
import type { StoredEvent } from '@gridcase/events';
import type { Reactor } from '@gridcase/projections';
import { DeliveryWorker, EffectOutbox, WEBHOOK } from '@gridcase/service';
import { noticeOf } from './notice';

export const WEBHOOK_NOTICES = 'dispatch.webhook-notices.v1';
/** Types of events that are told. */
export const NOTICE_TYPES = Symbol('NOTICE_TYPES');

/** Writes notices of what happens to cases into the outbox, from the moment it is switched on: nobody is told of ten years at once. */
@Injectable()
export class WebhookNoticesReactor implements Reactor {
  readonly id = WEBHOOK_NOTICES;
  readonly categories = ['case'] as const;
  readonly startAt = 'end';

  constructor(@Inject(EffectOutbox) private readonly outbox: EffectOutbox, @Inject(DeliveryWorker) private readonly worker: DeliveryWorker, @Inject(NOTICE_TYPES) private readonly types: readonly string[]) {}

  async handle(event: StoredEvent): Promise<void> {
    if (!this.types.includes(event.type)) return;
    await this.outbox.add(event, { target: WEBHOOK, kind: event.type, payload: noticeOf(event) });
    this.worker.wake();
  }
}
