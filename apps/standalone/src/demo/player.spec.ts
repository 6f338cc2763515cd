import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lanesOf, Player } from './player';
import { readScenario, type Scenario, type Step } from './scenario';
import { duration, table } from './print';

/** A gateway that says yes to everything, but for what a test wants otherwise. */
type Otherwise = (path: string, key: string, sending: number) => { status: number; body: object } | undefined;
let server: Server;
let otherwise: Otherwise = () => undefined;
const sent: string[] = [];

const bodyOf = async (request: IncomingMessage): Promise<string> => { let text = ''; for await (const chunk of request) text += chunk; return text; };
beforeAll(async () => {
  const sendings = new Map<string, number>();
  server = createServer(async (request, response) => {
    await bodyOf(request);
    const path = request.url!.split('?')[0]!;
    const key = String(request.headers['idempotency-key'] ?? '');
    const sending = (sendings.get(key) ?? 0) + 1;
    sendings.set(key, sending);
    if (key) sent.push(key);
    const usual = request.method === 'GET' ? { status: 200, body: path === '/v1/audit/check' ? { state: 'finished', ok: true, events: 1, streams: 1 } : { items: [] } }
      : path === '/v1/demo/tokens' ? { status: 201, body: { token: 't' } }
      : { status: /simulation|\/reports\/|\/cases\//.test(path) ? 200 : 201, body: { id: 'r-1', revision: 0, position: '1', result: { caseId: 'c-1' } } };
    const { status, body } = otherwise(path, key, sending) ?? usual;
    response.writeHead(status, { 'Content-Type': 'application/json', 'Gridcase-Position': '1' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => { sent.length = 0; });

/** Two steps of the real scenario: a report and its sorting, refused. */
const played = async (how: Otherwise, expect?: string) => {
  otherwise = how;
  const real = readScenario(true);
  const report = [...real.reports.values()][0]!;
  const steps = real.steps.filter(({ on, do: what }) => on === report.id && (what === 'report' || what === 'sort')).map((step): Step => (step.do === 'sort' && expect ? { ...step, expect } : step));
  const scenario: Scenario = { ...real, reports: new Map([[report.id, report]]), steps, run: { ...real.run, scores: {}, quota: [], lights: {} } };
  const port = (server.address() as AddressInfo).port;
  const { expectations } = await new Player({ baseUrl: `http://127.0.0.1:${port}`, scenario }).play();
  return (name: string) => expectations.all.find((one) => one.name === name);
};
const ref = () => [...readScenario(true).reports.keys()][0]!;

// @rule X18
describe('the player', () => {
  it('sends every command twice with the same key', async () => {
    const found = await played(() => undefined);
    expect(found(`${ref()}.sort`)).toMatchObject({ ok: true });
    expect(sent.filter((key) => key === `demo-${ref()}.sort`)).toHaveLength(2);
    expect(sent.filter((key) => key === 'demo-load-610524-v1-grid-trees')).toHaveLength(2);
  });
  it('sees a second answer that differs from the first', async () => {
    const found = await played((path, _, sending) => (path.endsWith('/sort') ? { status: 200, body: { id: 'r-1', revision: sending } } : undefined));
    expect(found(`${ref()}.sort`)).toMatchObject({ ok: false });
  });
  it('sees a command refused that should be accepted, and one accepted that should be refused', async () => {
    const refused = await played((path) => (path.endsWith('/sort') ? { status: 409, body: { code: 'ITEM_UNKNOWN' } } : undefined));
    expect(refused(`${ref()}.sort`)).toMatchObject({ ok: false, seen: { outcome: 'ITEM_UNKNOWN' } });
    const accepted = await played(() => undefined, 'REPORT_ALREADY_DECIDED');
    expect(accepted(`${ref()}.sort`)).toMatchObject({ ok: false, expected: { outcome: 'REPORT_ALREADY_DECIDED' }, seen: { outcome: 'accepted' } });
  });
  it('tries again later when it is told to', async () => {
    const found = await played((path, _, sending) => (path.endsWith('/sort') && sending === 1 ? { status: 503, body: { code: 'STORE_UNAVAILABLE' } } : undefined));
    expect(found(`${ref()}.sort`)).toMatchObject({ ok: true });
  });
  it('sees a report that went another way, and a record that is not whole', async () => {
    const found = await played((path) => (path === '/v1/audit/check' ? { status: 200, body: { state: 'finished', ok: false } } : undefined));
    expect(found(`${ref()} report`)).toMatchObject({ ok: false, seen: 'missing' });
    expect(found('the record is whole')).toMatchObject({ ok: false });
  });
});

describe('lanes', () => {
  const step = (on: string, what: string, body?: object) => ({ id: `${on}.${what}`, at: '', do: what, by: 'x', on, ...(body && { body }) });
  it('keep what concerns one case in order, repeats included', () => {
    expect(lanesOf([step('A', 'sort'), step('B', 'join', { case: 'A' }), step('C', 'sort'), step('A', 'file')]).map((lane) => lane.map(({ id }) => id))).toEqual([['A.sort', 'B.join', 'A.file'], ['C.sort']]);
  });
});

describe('the printout', () => {
  it('lines up Chinese and English', () => {
    expect(table(['状态', 'n'], [['处置中', '1'], ['x', '22']])).toEqual(['  状态    n', '  ──────  ──', '  处置中  1', '  x       22']);
  });
  it.each([[0, '0 min'], [28_200_000, '7 h 50 min'], [-60_000, '−1 min'], [7_200_000, '2 h'], [-1, '0 min']])('tells %d ms as %s', (ms, text) => expect(duration(ms)).toBe(text));
});
