import { CALLS_MIN, PublicApiClient, type GrpcOutcome } from '@gridcase-apps/gateway';
import { headOf } from '../cases/readers';
import type { World } from '../fault-case';
import { residentWithoutYoungMiB } from '../platform/resident-memory';
import type { Answered } from '../raw-caller';
import { settle } from '../settle';
import { wellFormed, type Call, type Known } from './call';
import { codeOf, knownCodes, wrongOverGrpc, wrongWith } from './judge';
import { operationsOf, type Operation } from './open-api';
import { goesOverGrpc, overGrpc, type GrpcCall } from './over-grpc';
import { sendAll } from './send';
import { spoilings } from './spoil';
import { differences, recordedAfter, storedCounts } from './stored';
import { tokensFor, type Tokens } from './tokens';

const CALLS = Number(process.env['GRIDCASE_FUZZ_CALLS'] ?? 100_000);
/** Of them can never be accepted. */
const SPOILED = 0.8;
/** Of them go over gRPC: whole, or with bytes changed, some of which are accepted. The others are well formed, of things in whatever state they are. */
const OVER_GRPC = 0.1;
/** What is garbage in the platform goes so often. */
export const COLLECT_EVERY_MS = 3_000;
/** Memory is looked at so often; after the first parts of the calls it must not grow: until then code is compiled and caches fill. */
const PARTS = 6;
/** What is held is the least of so many looks, of which some come soon after the garbage has gone. */
const LOOKS = 8;
const WARM_UP_PARTS = 2;
const MEMORY_GROWTH_MAX = 0.1;
/** All are let in: what is turned away tries nothing. */
const AT_A_TIME = CALLS_MIN;
const SETTLE_MS = 120_000;
/** Would move the clock or give a token to whoever asks: valid ones are no matter of this case. */
const NEVER_VALID = /^(AdvanceClock|IssueDemoToken|StoreEvidence)$/;
const REGISTRY = 'registry-admin';
const CODE = '110101001001001';
const ELSEWHERE: Known = { ids: { code: [CODE], gridCode: [CODE], itemCode: ['manhole'] }, texts: ['110101', '110101001', '110101001001', CODE, 'u-110101-municipal', 'w-110101-001', 'manhole', 'hotline', 'image/jpeg'] };
/** Share of well-formed calls from far away, and of queries that wait for a position. */
const FOREIGN = 0.1;
const WELL_FORMED = 'well formed';
const AGAIN = 'the same again';
const AGAIN_MAX = 200;
/** Answers that have nothing to do with the call. */
const TURNED_AWAY = new Set([429, 503]);

/** Every operation of the OpenAPI document called wrongly in every way, then rightly on things in whatever state they are, then over gRPC. */
export async function fuzz(world: World): Promise<void> {
  const release = await world.lives.hold();
  await settle(world.platform, SETTLE_MS);
  await new Fuzz(world, await operationsOf(world.platform.url)).run();
  release();
}

type Acknowledged = World['lives']['acknowledged'][number];
interface Made {
  what: string; call: Call;
  /** Statuses it may be answered with. */
  answers?: readonly number[];
  /** The answer that was given to it before. */
  expected?: { id: string; revision: number };
}
interface Found { times: number; example: string }

class Fuzz {
  private readonly codes = knownCodes();
  private readonly found = new Map<string, Found>();
  private readonly statuses = new Map<number, number>();
  private readonly reached = new Set<string>();
  /** By correlation id. */
  private readonly accepted = new Map<string, Acknowledged & { call: Call }>();
  private known!: Known;
  private tokens!: Tokens;
  private sent = 0;

  constructor(private readonly world: World, private readonly operations: readonly Operation[]) {}

  async run(): Promise<void> {
    const { platform, note, problem } = this.world;
    this.tokens = await tokensFor(platform.url, [...new Set(this.operations.flatMap(({ roles }) => roles ?? []))]);
    this.known = this.whatExists();
    await this.spoiled();
    await this.acceptable();
    const unreached = this.operations.filter(({ name }) => !this.reached.has(name));
    note(`${this.sent} calls of ${this.operations.length} operations: ${[...this.statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`).join(', ')}`);
    if (unreached.length > 0) problem(`never called: ${unreached.map(({ name }) => name).join(', ')}`);
    for (const [what, { times, example }] of this.found) problem(`${times} × ${what}; the first: ${example}`);
  }

  /** None may be accepted, and none may leave anything behind. */
  private async spoiled(): Promise<void> {
    const { platform, problem } = this.world;
    const before = await storedCounts(platform);
    await this.inParts('that cannot be accepted', CALLS * SPOILED, (count) => this.send(count, () => this.spoiledCall()));
    for (const difference of differences(before, await storedCounts(platform))) problem(`refused calls have left something behind: ${difference}`);
  }

  /** Memory must not grow with what is sent. */
  private async inParts(what: string, calls: number, send: (count: number) => Promise<void>): Promise<void> {
    const { platform, note, problem } = this.world;
    const memory: number[] = [];
    const before = this.sent;
    for (let part = 0; part < PARTS; part++) {
      await send(Math.round(calls / PARTS));
      await settle(platform, SETTLE_MS);
      memory.push(await this.memoryHeld());
    }
    note(`${this.sent - before} calls ${what}; memory ${memory.join(', ')} MiB`);
    const [warm, after] = [Math.max(...memory.slice(0, WARM_UP_PARTS)), memory.at(-1)!];
    if (after > warm * (1 + MEMORY_GROWTH_MAX)) problem(`memory grew from ${warm} to ${after} MiB with calls ${what}`);
  }

  private async memoryHeld(): Promise<number> {
    const looks: number[] = [];
    for (let look = 0; look < LOOKS; look++) {
      await this.world.pause((2 * COLLECT_EVERY_MS) / LOOKS);
      looks.push(await residentWithoutYoungMiB(this.world.platform));
    }
    return Math.min(...looks);
  }

  /** What is accepted is on record, and nothing that was refused is. */
  private async acceptable(): Promise<void> {
    const { platform, note, problem } = this.world;
    const head = await headOf(platform);
    const asked = this.operations.filter(({ name }) => !NEVER_VALID.test(name));
    await this.send(Math.round(CALLS * (1 - SPOILED - OVER_GRPC)), () => this.wellFormedCall(this.world.random.oneOf(asked)));
    await this.again();
    await this.overGrpc(asked.filter(({ name }) => goesOverGrpc(name)));
    await settle(platform, SETTLE_MS);
    const recorded = await recordedAfter(platform, head);
    const correlations = new Set(recorded.map(({ correlationId }) => correlationId));
    const stray = recorded.filter(({ correlationId }) => !this.accepted.has(correlationId));
    // Where there was nothing to record, the answer tells where the stream stood.
    const noted = [...this.accepted].filter(([id]) => correlations.has(id)).map(([, { call: _, ...acknowledged }]) => acknowledged);
    this.world.lives.acknowledged.push(...noted.filter(({ stream }) => stream !== ''));
    note(`${this.accepted.size} commands accepted, ${recorded.length} events; ${this.accepted.size - noted.length} had nothing to record`);
    if (stray.length > 0) problem(`${stray.length} events on record that no accepted command explains, the first ${stray[0]!.type} at ${stray[0]!.stream} ${stray[0]!.revision}`);
  }

  /** Sent again as it was: the same answer. With another body: a refusal. Neither leaves anything on record. */
  private async again(): Promise<void> {
    const first = [...this.accepted.values()].slice(0, AGAIN_MAX);
    const calls = first.flatMap(({ call, id, revision }): Made[] => [
      { what: AGAIN, call: { ...call, body: call.body }, expected: { id, revision } },
      // Without a body nothing of it is looked at.
      ...(call.operation.body ? [{ what: 'the key of another call', answers: [422], call: { ...call, body: { ...(call.body as object), occurredAt: '2025-09-20T09:30:00+08:00' } } }] : []),
    ]);
    await this.send(calls.length, () => calls.shift());
  }

  private wellFormedCall(operation: Operation): Made {
    const { random } = this.world;
    // What changes a district is done to another one, not under everybody's feet.
    const isElsewhere = operation.isCommand && operation.roles?.includes(REGISTRY);
    const call = this.complete(wellFormed(operation, isElsewhere ? ELSEWHERE : this.known, random));
    if (operation.roles && (isElsewhere || random.next() < FOREIGN)) {
      const { header, person } = this.tokens.elsewhere(random.oneOf(operation.roles));
      Object.assign(call, { person, headers: { ...call.headers, Authorization: header } });
    }
    if (!operation.isCommand && random.next() < FOREIGN) call.headers['Gridcase-Min-Position'] = String(random.below(1_000));
    return { what: WELL_FORMED, call };
  }

  private async send(count: number, make: () => Made | undefined): Promise<void> {
    const until = this.sent + count;
    const whats = new Map<string, Made>();
    await sendAll(this.world.platform.url, AT_A_TIME, () => {
      if (this.sent >= until) return undefined;
      const made = make();
      if (!made) return undefined;
      const correlationId = `fuzz-${this.world.random.seed}-${this.sent++}`;
      whats.set(correlationId, made);
      return { call: made.call, correlationId };
    }, (_, correlationId, answer) => {
      this.judge(whats.get(correlationId)!, correlationId, answer);
      whats.delete(correlationId);
    });
  }

  private async overGrpc(asked: readonly Operation[]): Promise<void> {
    const { world, codes } = this;
    const client = new PublicApiClient(world.platform.grpcAddress);
    const reached = new Set<string>();
    await this.inParts('over gRPC', CALLS * OVER_GRPC, async (count) => {
      const until = this.sent + count;
      await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
        while (this.sent < until) {
          const { call } = this.wellFormedCall(asked[this.sent % asked.length]!);
          const correlationId = `fuzz-${world.random.seed}-${this.sent++}`;
          const sent = overGrpc(call, client, world.random);
          reached.add(call.operation.name);
          this.judgeOverGrpc(call, sent, correlationId, await client.call(sent.resource, call.operation.name, sent.bytes, { ...sent.metadata, 'x-correlation-id': correlationId }), codes);
        }
      }));
    });
    client.close();
    const unreached = asked.filter(({ name }) => !reached.has(name));
    if (unreached.length > 0) world.problem(`never called over gRPC: ${unreached.map(({ name }) => name).join(', ')}`);
  }

  private judgeOverGrpc(call: Call, { what, bytes, isRefused }: GrpcCall, correlationId: string, outcome: GrpcOutcome, codes: ReadonlySet<string>): void {
    const shown = { ...call, raw: Buffer.from(bytes.toString('base64')) };
    const answer: Answered = { status: outcome.ok ? 200 : outcome.problem?.status ?? 0, headers: {}, body: outcome.ok ? 'accepted' : JSON.stringify(outcome.problem ?? outcome.details), elapsedMs: 0 };
    const wrong = wrongOverGrpc(outcome, codes);
    if (wrong) this.find(`${wrong}: over gRPC, ${what}`, shown, answer);
    if (!outcome.ok) return;
    if (isRefused) this.find(`accepted over gRPC: ${what}`, shown, answer);
    else if (call.operation.isCommand) this.take(call, correlationId, outcome.answer as { id: string; revision: number });
  }

  private spoiledCall(): Made {
    const { random } = this.world;
    for (;;) {
      const operation = this.operations[this.sent % this.operations.length]!;
      const call = this.complete(wellFormed(operation, this.known, random));
      const spoiling = random.oneOf(spoilings);
      if (spoiling.spoil(call, random, this.tokens)) return { what: spoiling.name, answers: spoiling.answers, call };
    }
  }

  /** With a token of somebody who may, and a key of its own. */
  private complete(call: Call): Call {
    const { random } = this.world;
    const { operation: { roles, isCommand } } = call;
    const given = roles && this.tokens.of(random.oneOf(roles));
    return { ...call, ...(given && { person: given.person }), headers: { ...(given && { Authorization: given.header }), ...(isCommand && { 'Idempotency-Key': `fuzz-${random.seed}-${this.sent}` }), ...call.headers } };
  }

  private judge({ what, call, answers, expected }: Made, correlationId: string, answer: Answered | undefined): void {
    this.reached.add(call.operation.name);
    const status = answer?.status ?? 0;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (!answer) return this.find(`no answer: ${what}`, call, answer);
    const wrong = wrongWith(answer, this.codes);
    if (wrong) this.find(`${wrong}: ${what}, ${status} ${codeOf(answer)}`, call, answer);
    if (answers && !answers.includes(status) && !TURNED_AWAY.has(status)) this.find(`${status} ${codeOf(answer)} to ${what}`, call, answer);
    if (!call.operation.isCommand || status >= 300) return;
    const told = JSON.parse(answer.body) as { id: string; revision: number };
    if (what === WELL_FORMED) this.take(call, correlationId, told);
    else if (!expected || expected.id !== told.id || expected.revision !== told.revision) this.find(`accepted: ${what}, ${call.operation.name}`, call, answer);
  }

  private take(call: Call, correlationId: string, { id, revision }: { id: string; revision: number }): void {
    const { operation, path, headers, person } = call;
    const category = /^\/v1\/(report|case)s\b/.exec(path)?.[1];
    if (operation.name === 'ReceiveReport') (this.known.ids['reportId'] as string[]).push(id);
    this.accepted.set(correlationId, { call, key: headers['Idempotency-Key']!, operation: operation.name, id, stream: category ? `${category}-${id}` : '', revision, person: person! });
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
}
