import { admitItems, emptyDirectory, itemNatures, type AdmitItems } from '@gridcase/domain';
import { isRejection } from '@gridcase/events';
import type { CommandCall, CommandReply } from '@gridcase/platform';
import request from 'supertest';
import type { ServiceCalls } from '../calls/operation-calls';
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway';

/** The registry's own decision behind the gateway. */
const registry: ServiceCalls = {
  async command({ body, context: { actor } }: CommandCall): Promise<CommandReply> {
    const decision = admitItems(body as AdmitItems, emptyDirectory(), { actor, at: '2025-09-22T01:00:00.000Z' });
    if (isRejection(decision)) return { ok: false, problem: { code: decision.code, ...(decision.rule && { rule: decision.rule }), ...(decision.params && { params: decision.params }) } };
    return { ok: true, id: '610524', stream: 'itemlist-610524', revision: decision.length - 1, position: 1n, repeated: false, result: { admitted: decision.length, kept: Object.keys((decision[0]!.data as { item: object }).item) } };
  },
  query: () => Promise.reject(new Error('nothing is asked')),
};
let gateway: TestGateway;
beforeAll(async () => { gateway = await startTestGateway({ client: registry }); });
afterAll(() => gateway.close());

const admit = (nature?: string) => request(gateway.url).post('/v1/items').set('Authorization', gateway.as('registry-admin')).send({ district: '610524', items: [{
  code: 'S-9', name: { zh: '上门登记', en: 'Registration at the door' }, category: '公共服务', kind: 'service', standard: '上门', grade: 'simple', department: 'civil-affairs', coDepartments: [], patrolled: false, ...(nature && { nature }),
}] });

// @rule Z10
it.each(itemNatures.slice(0, 4))('an item of nature %s is not admitted over REST', async (nature) => {
  const answer = await admit(nature);
  expect([answer.status, answer.body.code, answer.body.rule]).toEqual([422, 'ITEM_NOT_ADMISSIBLE', 'Z10']);
  expect(answer.body.detailZh).toContain('上门登记');
});

// @rule Z10
it.each([...itemNatures.slice(4), undefined])('an item of nature %s is admitted, and the nature is not kept', async (nature) => {
  const answer = await admit(nature);
  expect([answer.status, answer.body.result.admitted]).toEqual([201, 1]);
  expect(answer.body.result.kept).not.toContain('nature');
});
