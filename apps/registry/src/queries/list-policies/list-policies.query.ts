import { Inject, Injectable } from '@nestjs/common';
import { chinaDate, policyOn, type Adoption } from '@gridcase/domain';
import type { Clock, Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, CLOCK, LiveDirectory, answered } from '@gridcase/service';
import { pageInOrder, type PageParams } from '../page';
import { districtAsked } from '../reach';

export interface ListPoliciesParams extends PageParams { district?: string }
/** `inForce`: the one a report filed today gets. */
export type ListedPolicy = Adoption & { inForce: boolean };

/** @rule X7 */
@AnswersQuery('ListPolicies')
@Injectable()
export class ListPoliciesQuery implements QueryHandlerFor<ListPoliciesParams, Page<ListedPolicy>> {
  constructor(private readonly directory: LiveDirectory, @Inject(CLOCK) private readonly clock: Clock) {}

  async answer({ params, context }: QueryCall<ListPoliciesParams>): Promise<QueryReply<Page<ListedPolicy>>> {
    const position = this.directory.position;
    const district = districtAsked(this.directory, params.district, context);
    const today = policyOn(district, chinaDate(this.clock.now()));
    const found = district.policies.map((adoption, index) => ({ adoption, index }));
    return answered(pageInOrder(found, ({ index }) => String(index).padStart(6, '0'), params, ({ adoption }) => ({ ...adoption, inForce: adoption.content === today })), position);
  }
}
