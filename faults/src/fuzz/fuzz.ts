import type { World } from '../fault-case';
import type { Answered } from '../raw-caller';
import { settle } from '../settle';
import { wellFormed, type Call, type Known } from './call';
import { codeOf, knownCodes, wrongWith } from './judge';
import { operationsOf, type Operation } from './open-api';
import { sendAll } from './send';
import { spoilings } from './spoil';
import { differences, headOf, recordedAfter, storedCounts } from './stored';
import { tokensFor, type Tokens } from './tokens';

const CALLS = Number(process.env['GRIDCASE_FUZZ_CALLS'] ?? 100_000);
/** Of them; the others are well formed, of things in whatever state they are, and some are accepted. */
const SPOILED = 0.9;
/** Until then memory may grow: code is compiled, caches fill. */
const WARM_UP = 0.2;
const MEMORY_GROWTH_MAX = 0.25;
/** Below what the gateway lets in of one service. */
const AT_A_TIME = 16;
const SETTLE_MS = 120_000;
/** Would move the clock or give a token to whoever asks: valid ones are no matter of this case. */
const NEVER_VALID = /^(AdvanceClock|IssueDemoToken|StoreEvidence)$/;
/** Would change the district under everybody's feet. */
const REGISTRY = 'registry-admin';

/** Every operation of the OpenAPI document called wrongly in every way, then rightly on things in whatever state they are. */
export async function fuzz(world: World): Promise<void> {
  const release = await world.lives.hold();
  await settle(world.platform, SETTLE_MS);
  await new Fuzz(world, await operationsOf(world.platform.url)).run();
  release();
}

interface Found { times: number; example: string }

class Fuzz {
  private readonly codes = knownCodes();
  private readonly found = new Map<string, Found>();
  private readonly statuses = new Map<number, number>();
  private readonly reached = new Set<string>();
  private readonly acceptedIds = new Set<string>();
  private known!: Known;
  private tokens!: Tokens;
  private sent = 0;

  constructor(private readonly world: World, private readonly operations: readonly Operation[]) {}

  async run(): Promise<void> {
    const { platform, note, problem } = this.world;
    this.tokens = await tokensFor(platform.url, [...new Set(this.operations.flatMap(({ roles }) => roles ?? []))]);
    this.known = this.whatExists();
    await this.spoiled();
    await this.wellFormed();
    const unreached = this.operations.filter(({ name }) => !this.reached.has(name));
    note(`${this.sent} calls of ${this.operations.length} operations: ${[...this.statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`).join(', ')}`);
    if (unreached.length > 0) problem(`never called: ${unreached.map(({ name }) => name).join(', ')}`);
    for (const [what, { times, example }] of this.found) problem(`${times} × ${what}; the first: ${example}`);
  }

  /** None may be accepted, and none may leave anything behind. */
  private async spoiled(): Promise<void> {
    const { platform, note, problem } = this.world;
    const [before, calls] = [await storedCounts(platform), Math.round(CALLS * SPOILED)];
    await this.send(Math.round(CALLS * WARM_UP), () => this.spoiledCall());
    const warm = await this.residentMiB();
    await this.send(calls - Math.round(CALLS * WARM_UP), () => this.spoiledCall());
    await settle(platform, SETTLE_MS);
    const after = await this.residentMiB();
    note(`${calls} calls that cannot be accepted; memory ${warm} MiB after ${Math.round(CALLS * WARM_UP)} of them, ${after} MiB after all`);
    if (after > warm * (1 + MEMORY_GROWTH_MAX)) problem(`memory grew from ${warm} to ${after} MiB`);
    for (const difference of differences(before, await storedCounts(platform))) problem(`refused calls have left something behind: ${difference}`);
  }

  /** What is accepted is on record, and nothing that was refused is. */
  private async wellFormed(): Promise<void> {
    const { platform, note, problem } = this.world;
    const head = await headOf(platform);
    const asked = this.operations.filter(({ name, isCommand, roles }) => !NEVER_VALID.test(name) && !(isCommand && roles?.includes(REGISTRY)));
    await this.send(CALLS - Math.round(CALLS * SPOILED), () => ({ what: 'well formed', call: this.complete(wellFormed(this.world.random.oneOf(asked), this.known, this.world.random)) }));
    await settle(platform, SETTLE_MS);
    const recorded = await recordedAfter(platform, head);
    const correlations = new Set(recorded.map(({ correlationId }) => correlationId));
    const stray = recorded.filter(({ correlationId }) => !this.acceptedIds.has(correlationId));
    const without = [...this.acceptedIds].filter((id) => !correlations.has(id));
    note(`${this.acceptedIds.size} well-formed commands accepted, ${recorded.length} events; ${without.length} had nothing to record`);
    if (stray.length > 0) problem(`${stray.length} events on record that no accepted command explains, the first ${stray[0]!.type} at ${stray[0]!.stream} ${stray[0]!.revision}`);
  }

  private async send(count: number, make: () => { what: string; call: Call }): Promise<void> {
    const until = this.sent + count;
    const whats = new Map<string, string>();
    await sendAll(this.world.platform.url, AT_A_TIME, () => {
      if (this.sent >= until) return undefined;
      const { what, call } = make();
      const correlationId = `fuzz-${this.world.random.seed}-${this.sent++}`;
      whats.set(correlationId, what);
      return { call, correlationId };
    }, (call, correlationId, answer) => {
      this.judge(whats.get(correlationId)!, call, correlationId, answer);
      whats.delete(correlationId);
    });
  }

  private spoiledCall(): { what: string; call: Call } {
    const { random } = this.world;
    for (;;) {
      const operation = this.operations[this.sent % this.operations.length]!;
      const call = this.complete(wellFormed(operation, this.known, random));
      const spoiling = random.oneOf(spoilings);
      if (spoiling.spoil(call, random, this.tokens)) return { what: spoiling.name, call };
    }
  }

  /** With a token of somebody who may, and a key of its own. */
  private complete(call: Call): Call {
    const { random } = this.world;
    const { operation: { roles, isCommand } } = call;
    const given = roles && this.tokens.of(random.oneOf(roles));
    return { ...call, ...(given && { person: given.person }), headers: { ...(given && { Authorization: given.header }), ...(isCommand && { 'Idempotency-Key': `fuzz-${random.seed}-${this.sent}` }), ...call.headers } };
  }

  private judge(what: string, call: Call, correlationId: string, answer: Answered | undefined): void {
    this.reached.add(call.operation.name);
    const status = answer?.status ?? 0;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (!answer) return this.find(`no answer to ${call.operation.name}, ${what}`, call, answer);
    const wrong = wrongWith(answer, this.codes);
    if (wrong) this.find(`${wrong} from ${call.operation.name}, ${what}: ${status} ${codeOf(answer)}`, call, answer);
    if (!call.operation.isCommand || status >= 300) return;
    if (what !== 'well formed') this.find(`accepted: ${call.operation.name}, ${what}`, call, answer);
    this.accepted(call, correlationId, answer);
  }

  private accepted({ operation, path, headers, person }: Call, correlationId: string, { body }: Answered): void {
    this.acceptedIds.add(correlationId);
    const { id, revision } = JSON.parse(body) as { id: string; revision: number };
    const category = /^\/v1\/(report|case)s\b/.exec(path)?.[1];
    if (operation.name === 'ReceiveReport') (this.known.ids['reportId'] as string[]).push(id);
    if (category) this.world.lives.acknowledged.push({ key: headers['Idempotency-Key']!, operation: operation.name, id, stream: `${category}-${id}`, revision, person: person! });
  }

  private find(what: string, { method, path, query, body, raw, headers }: Call, answer: Answered | undefined): void {
    const found = this.found.get(what);
    if (found) return void found.times++;
    const { Authorization: _, ...shown } = headers;
    this.found.set(what, { times: 1, example: `${method} ${path.slice(0, 200)} ${JSON.stringify(query).slice(0, 200)} ${JSON.stringify(shown).slice(0, 200)} ${(raw?.toString('latin1') ?? JSON.stringify(body) ?? '').slice(0, 400)} → ${answer ? `${answer.status} ${answer.body.slice(0, 300)}` : 'nothing'}` });
  }

  private whatExists(): Known {
    const { acknowledged } = this.world.lives;
    const idsOf = (category: string) => [...new Set(acknowledged.filter(({ stream }) => stream.startsWith(`${category}-`)).map(({ id }) => id))];
    return {
      ids: { caseId: idsOf('case'), reportId: idsOf('report'), code: ['610524001001001', '610524001001'], gridCode: ['610524001001001'], itemCode: ['manhole', 'dispute'], kind: ['unit', 'worker', 'street'], id: ['u-610524-municipal', 'w-610524-001', '610524001'], sha256: ['7feeb92a942b9904be778d8913a8cb715a45d267d75a96b443fc9da1c73f250f'] },
      texts: ['610524', '610524001', '610524001001', '610524001001001', 'u-610524-municipal', 'u-610524-telecom', 'w-610524-001', 'manhole', 'dispute', 'hotline', 'wechat', 'web', '7feeb92a942b9904be778d8913a8cb715a45d267d75a96b443fc9da1c73f250f', 'image/jpeg'],
    };
  }

  private async residentMiB(): Promise<number> {
    const text = [...(await this.world.platform.metrics()).values()].join('\n');
    return Math.round(Number(/^process_resident_memory_bytes\{[^}]*\} (\S+)$/m.exec(text)?.[1] ?? Number.NaN) / 1024 / 1024);
  }
}
