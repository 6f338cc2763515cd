import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { randomUuid } from '@gridcase/platform';
import { describeWithKafka, itWith, kafkaBrokers, promtool, startSpanCollector, waitUntil, whyNoPromtool, type CollectedSpan, type SpanCollector } from '@gridcase/testing';
import { CaseLives } from '../load/case-lives';
import { caseLife } from '../load/lives';
import { loadDistricts } from '../load-districts';
import type * as Scratch from './scratch-cluster';

/** The processes as they are shipped: built. `npm test` builds first. */
const dist = join(__dirname, '../../dist');
const TIMEOUT_MS = 180_000;
/** There is nobody at it: for the figures of an outbox. */
const webhook = { GRIDCASE_WEBHOOK_URL: 'http://127.0.0.1:1/', GRIDCASE_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}` };

describeWithKafka('the cluster profile, every service a process of its own', () => {
  let dataDir: string;
  let cluster: Scratch.ScratchCluster | undefined;
  let collector: SpanCollector;
  beforeAll(async () => {
    if (!existsSync(join(dist, 'cluster.js'))) throw new Error('build first: npm run build');
    dataDir = mkdtempSync(join(tmpdir(), 'gridcase-cluster-'));
    chmodSync(dataDir, 0o711);
    const { startScratchCluster } = jest.requireActual<typeof Scratch>(join(dist, 'cluster/scratch-cluster.js'));
    collector = await startSpanCollector();
    cluster = await startScratchCluster({
      dataDir, brokers: await kafkaBrokers(), topicPrefix: `e2e-${randomUuid()}.`, eventStoreUrl: undefined, docker: false,
      webhook, env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER: 'parentbased_always_off', OTEL_BSP_SCHEDULE_DELAY: '200' },
    });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await cluster?.stop();
    await collector?.close();
    rmSync(dataDir, { recursive: true, force: true });
  }, TIMEOUT_MS);

  describe('figures, before anything has happened', () => {
    const root = join(__dirname, '../../../..');
    const rules = readFileSync(join(root, 'docker/prometheus/gridcase.rules.yml'), 'utf8');
    const board = readFileSync(join(root, 'docker/grafana/dashboards/gridcase.json'), 'utf8');
    const figures = /\b(?:gridcase|nodejs|process)_\w+(?=[{[)\s])/g;
    const told = async () => Promise.all([...cluster!.processes.values()].map(async (one): Promise<[string, string]> => [one.name, await one.metrics()]));

    it('every one that alerts and board name is told by some process', async () => {
      const types = new Set((await told()).flatMap(([, text]) => [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name, type]) => (type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name!]))));
      const named = [...new Set([...rules.matchAll(/expr: (.*)/g), ...board.matchAll(/"expr": "(.*)"/g)].flatMap(([, expr]) => expr!.match(figures) ?? []))];
      expect(named.length).toBeGreaterThan(15);
      expect(named.filter((name) => !types.has(name))).toEqual([]);
    });

    it('what an alert wants to see increase stands at 0', async () => {
      const increasing = [...new Set([...rules.matchAll(/increase\((\w+)/g)].map(([, name]) => name!))];
      const texts = (await told()).map(([, text]) => text);
      expect(increasing.length).toBeGreaterThan(0);
      for (const name of increasing) expect([name, texts.some((text) => new RegExp(`^${name}\\{.*\\} 0$`, 'm').test(text))]).toEqual([name, true]);
    });

    itWith(whyNoPromtool(), 'promtool finds nothing to complain of in what each process tells', async () => {
      for (const [name, input] of await told()) {
        const { status, stdout, stderr } = spawnSync(promtool()!, ['check', 'metrics'], { input, encoding: 'utf8' });
        expect([name, status, `${stdout}${stderr}`]).toEqual([name, 0, '']);
      }
    });
  });

  it('a case goes through all of them, and each read model shows it at once to who wrote', async () => {
    const { url } = cluster!;
    await loadDistricts(url);
    const ending = new AbortController();
    const lives = new CaseLives({ baseUrl: url, signal: ending.signal, run: 'cluster', lanes: 1 });
    const living = lives.live();
    await Promise.race([living, waitUntil(() => lives.acknowledged.length > 0, { timeoutMs: 30_000, what: 'the first answer' })]);
    ending.abort();
    await living;
    const caseId = lives.acknowledged.find(({ operation }) => operation === 'archive')!.id;

    const at = await head(cluster!.databases['event-store']);
    expect(await get(url, `/v1/cases/${caseId}`, 'centre-director', at)).toMatchObject({ phase: 'archived' });
    expect(await get(url, `/v1/cases/${caseId}/clocks`, 'centre-director', at)).toMatchObject({ light: expect.any(String), clocks: expect.arrayContaining([expect.objectContaining({ status: 'stopped' })]) });
    const { items } = await get(url, `/v1/cases/${caseId}/history`, 'auditor', at);
    expect(items.map(({ type }: { type: string }) => type).filter((type: string) => caseLife.includes(type))).toEqual(caseLife);
  }, TIMEOUT_MS);

  it('one request is one trace, from the gateway through relay and Kafka to the read models of other processes; another one none', async () => {
    const { url } = cluster!;
    const traceId = { sampled: '4bf92f3577b34da6a3ce929d0e0e4736', unsampled: '5bf92f3577b34da6a3ce929d0e0e4736' };
    const [unsampled, sampled] = [{ traceparent: `00-${traceId.unsampled}-00f067aa0ba902b7-00` }, { traceparent: `00-${traceId.sampled}-00f067aa0ba902b7-01` }];
    const report = { channel: 'hotline', place: { address: '凤凰东路', gridCode: '610524001001001' }, description: '井盖没了', reporter: { name: '李红卫', telephone: '15199536942' } };
    const { id } = await post(url, '/v1/reports', 'hotline-operator', report, unsampled);
    await post(url, `/v1/reports/${id}/sort`, 'centre-operator', { itemCode: 'manhole', importance: 'normal', urgency: 'urgent', belonging: 'municipal' }, unsampled);
    const filed = await post(url, `/v1/reports/${id}/file`, 'centre-operator', { level: 'district', centre: '610524' }, sampled);
    await get(url, `/v1/cases/${filed.result.caseId}`, 'centre-director', filed.position);

    const below = (parent: string | undefined) => collector.spans().filter((span) => span.parent === parent);
    const find = (service: string, name: RegExp, parent: string | undefined): CollectedSpan | undefined => below(parent).find((span) => span.service === service && name.test(span.name));
    const way = (): (CollectedSpan | undefined)[] => {
      const entry = find('gateway', /^POST \/v1\/reports\/:reportId\/file$/, '00f067aa0ba902b7');
      const call = find('gateway', /^intake FileReport$/, entry?.spanId);
      const command = find('intake', /^command FileReport$/, call?.spanId);
      const appended = find('intake', /^append report$/, command?.spanId);
      const follows = find('intake', /^command FileCase$/, appended?.spanId);
      const filing = find('intake', /^append case$/, follows?.spanId)?.spanId;
      const afterwards: [string, RegExp][] = [['relay', /^publish .*case-events/], ['intake', /^project open_cases$/], ['dispatch', /^project case_board$/], ['sla-monitor', /^project case_clocks$/], ['assessment', /^project /]];
      return [entry, call, command, appended, find('relay', /^publish .*report-events/, appended?.spanId), follows, ...afterwards.map(([service, name]) => find(service, name, filing))];
    };
    await waitUntil(() => way().every(Boolean), { timeoutMs: 20_000, what: 'the last of the spans' }).catch(() => undefined);
    expect(way().map((span) => span?.kind)).toEqual(['server', 'client', 'server', 'internal', 'producer', 'internal', 'producer', 'consumer', 'consumer', 'consumer', 'consumer']);
    // Of all that went before, case lives included, nothing.
    expect(new Set(collector.spans().map((span) => span.traceId))).toEqual(new Set([traceId.sampled]));
    expect(collector.spans().filter(({ failed }) => failed)).toEqual([]);
    for (const said of ['李红卫', '15199536942', 'e2e-centre-operator', id]) expect(JSON.stringify(collector.spans())).not.toContain(said);
  }, TIMEOUT_MS);

  it('calls go on when the collector is away', async () => {
    await collector.close();
    const report = { channel: 'hotline', place: { address: '解放路', gridCode: '610524001001001' }, description: '路灯不亮' };
    for (let n = 0; n < 20; n++) {
      const begun = performance.now();
      await post(cluster!.url, '/v1/reports', 'hotline-operator', report, { traceparent: `00-${'1'.repeat(32)}-00f067aa0ba902b7-01` });
      expect(performance.now() - begun).toBeLessThan(5_000);
    }
  }, TIMEOUT_MS);

  it('one database a service: none holds the tables of another', async () => {
    const schemas = await Promise.all(Object.entries(cluster!.databases).map(async ([owner, url]) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query<{ nspname: string }>(`select nspname from pg_namespace where nspname !~ '^pg_' and nspname not in ('public', 'information_schema') order by 1`);
      await client.end();
      return [owner, rows.map(({ nspname }) => nspname)];
    }));
    expect(Object.fromEntries(schemas)).toEqual({ registry: ['registry'], intake: ['intake'], dispatch: ['dispatch'], 'sla-monitor': ['sla_monitor'], assessment: ['assessment'], audit: [], relay: ['relay'], 'event-store': ['event_store'] });
  });

  it('a process that dies is told of; the others end well', async () => {
    const audit = cluster!.processes.get('audit')!;
    audit.kill();
    await expect(cluster!.lost.then(({ message }) => message)).resolves.toMatch(/^audit has ended \(SIGKILL\)/);
    await Promise.all([...cluster!.processes.values()].filter((one) => one !== audit).map(async (one) => expect([one.name, await one.stop(25_000)]).toEqual([one.name, 0])));
  }, TIMEOUT_MS);
});

async function head(eventStore: string): Promise<string> {
  const client = new Client({ connectionString: eventStore });
  await client.connect();
  const { rows } = await client.query<{ head: string }>('select max(position) as head from event_store.events');
  await client.end();
  return rows[0]!.head;
}

async function get(url: string, path: string, role: string, minPosition: string): Promise<any> {
  return (await fetch(`${url}${path}`, { headers: { Authorization: await bearer(url, role), 'Gridcase-Min-Position': minPosition } })).json();
}

async function post(url: string, path: string, role: string, body: object, headers: Record<string, string>): Promise<any> {
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers: { Authorization: await bearer(url, role), 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) });
  expect([path, answer.ok]).toEqual([path, true]);
  return answer.json();
}

async function bearer(url: string, role: string): Promise<string> {
  const tokens = await fetch(`${url}/v1/demo/tokens`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ sub: `e2e-${role}`, role, jurisdiction: '610524', hours: 1 }) });
  return `Bearer ${((await tokens.json()) as { token: string }).token}`;
}
