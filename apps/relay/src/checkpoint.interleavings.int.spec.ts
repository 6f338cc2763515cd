/**
 * Lease and checkpoint of two relays in every order of their statements (`Interleavings` of @gridcase/testing).
 * A check runs 100 schedules, if there are as many, those with the fewest switches first; GRIDCASE_INTERLEAVINGS=5000 asks for more.
 */
import { createMemoryEventStore, type EventStore } from '@gridcase/event-store';
import { Lease, migrate } from '@gridcase/platform';
import { Interleavings, testDatabase, type Actor, type Invariants, type SetUp, type TestDatabase } from '@gridcase/testing';
import type { Pool } from 'pg';
import { Fenced, RelayCheckpoint } from './checkpoint';
import { relayTables } from './relay-tables';
import { recordWriter } from './testing/record-writer';

const EVENTS = 2;
const SCHEMA = 'relay';
/** Longer than any test: who loses the lease loses it by a step of the schedule. */
const TTL_MS = 3_600_000;
jest.setTimeout(Interleavings.timeoutMs);
let db: TestDatabase;
let store: EventStore;
let interleavings: Interleavings;
beforeAll(async () => {
  db = await testDatabase();
  await migrate(db.pool, SCHEMA, relayTables);
  store = createMemoryEventStore();
  await recordWriter(store)(EVENTS);
  interleavings = new Interleavings(db.url);
});
afterAll(async () => {
  await interleavings.close();
  await store.close();
  await db.drop();
});

interface Row { position: string; fence: string; epoch: string }

/** Two that relay, and time, by which a lease runs out twice. */
class Relays {
  private readonly topic: bigint[] = [];
  private readonly fences = new Map<string, bigint>();
  private last: Row = { position: '0', fence: '0', epoch: '0' };

  /** @param checks without 'fence', only what a reader of the checkpoint would notice */
  static of = (altered = (pool: Pool) => pool, checks: 'fence' | 'position' = 'fence'): SetUp => async (schedule) => {
    await db.pool.query(`delete from ${SCHEMA}.relay_lease; delete from ${SCHEMA}.relay_checkpoint`);
    const relays = new Relays();
    for (const name of ['A', 'B']) schedule.actor(name, (actor) => relays.run(actor, altered(actor.pool)));
    schedule.actor('time', async ({ readPool }) => {
      for (let i = 0; i < 2; i++) await readPool.query({ name: 'the lease runs out', text: `update ${SCHEMA}.relay_lease set expires_at = '-infinity'` });
    });
    return relays.invariants(checks);
  };

  /** What Relay.run and Relay.lead do with lease, topic and checkpoint: one event a batch, renewed after each. */
  private async run(actor: Actor, pool: Pool): Promise<void> {
    const lease = new Lease(pool, `${SCHEMA}.relay_lease`, 'relay', actor.name, TTL_MS);
    const checkpoint = new RelayCheckpoint(pool, SCHEMA, store);
    for (let tries = 0; tries < 2; tries++) {
      if (!(await lease.hold())) continue;
      const fence = lease.epoch!;
      this.fences.set(actor.name, fence);
      try {
        for (let position = await checkpoint.claim(fence); position++ < BigInt(EVENTS) && lease.epoch !== undefined; await lease.renew()) {
          await actor.step(`publish ${position}`, () => this.publish(position));
          await checkpoint.save(fence, position);
        }
        return await lease.release();
      } catch (error) {
        if (!(error instanceof Fenced)) throw error;
        await lease.release();
      }
    }
  }

  /** A reader drops repeats and must never miss one. */
  private publish(position: bigint): void {
    if (position > BigInt(new Set(this.topic).size) + 1n) throw new Error(`${position} is published before what precedes it`);
    this.topic.push(position);
  }

  private invariants(checks: 'fence' | 'position'): Invariants {
    return {
      afterStep: async (line) => {
        if (!/: (commit|the lease runs out)$/.test(line)) return; // nothing anybody can see
        const { rows: [row = this.last] } = await db.pool.query<Row>(`select coalesce(c.position, 0) as position, coalesce(c.fence, 0) as fence, l.epoch from ${SCHEMA}.relay_lease l left join ${SCHEMA}.relay_checkpoint c on true`);
        for (const key of ['position', 'fence', 'epoch'] as const) if (BigInt(row[key]) < BigInt(this.last[key])) throw new Error(`${key} went back from ${this.last[key]} to ${row[key]}`);
        const fence = this.fences.get(line.split(':')[0]!);
        if (checks === 'fence' && row.position !== this.last.position && String(fence) !== row.fence) throw new Error(`what was published in epoch ${fence} is taken for the checkpoint of epoch ${row.fence}`);
        if (BigInt(row.position) > new Set(this.topic).size) throw new Error('the checkpoint is beyond what was published');
        if (new Set(this.fences.values()).size !== this.fences.size) throw new Error('two held the lease in one epoch');
        this.last = row;
      },
      atEnd: () => {
        // Whoever comes last finds a free lease or one that leads.
        if (this.last.position !== String(EVENTS) && this.fences.size < 2) throw new Error(`relayed up to ${this.last.position}`);
      },
    };
  }
}

it('two relays: the checkpoint never goes back, and a fenced one does not move it', async () => {
  expect((await interleavings.check('lease and checkpoint of two relays', Relays.of())).explored).toBeGreaterThan(50);
});

describe('known wrong ways are caught', () => {
  /** What a schedule finds when one of the statements has a fault. */
  const explore = async (from: string, to: string, checks?: 'position') => {
    let found = false;
    const altered = (pool: Pool) => ({
      query: (text: string, values: unknown[]) => {
        found ||= text.includes(from);
        return pool.query(text.replace(from, to), values);
      },
    }) as unknown as Pool;
    const { violation } = await interleavings.explore(Relays.of(altered, checks));
    expect(found).toBe(true);
    return { message: violation!.error.message, schedule: violation!.schedule.map(inShort) };
  };
  const names: [RegExp, string][] = [[/insert into \S*relay_lease.*/, 'hold'], [/insert into \S*relay_checkpoint.*/, 'claim'], [/with moved as \(update \S*relay_checkpoint.*/s, 'save'], [/update .*clock_timestamp.*/, 'renew'], [/update .*infinity.*/, 'release']];
  const inShort = (line: string) => names.reduce((text, [pattern, name]) => text.replace(pattern, name), line);

  it('a lease without fencing: the checkpoint goes back', async () => {
    expect(await explore('greatest(position, $3) where name = $1 and fence = $2', '$3 where name = $1 and $2::bigint > 0', 'position')).toEqual({
      message: 'position went back from 2 to 1',
      schedule: [
        'B: hold', 'B: commit', 'B: claim', 'B: commit', // epoch 1
        'time: the lease runs out', 'time: the lease runs out',
        'A: hold', 'A: commit', 'A: claim', 'A: commit', // epoch 2
        'A: publish 1', 'A: save', 'A: commit', 'A: renew', 'A: commit',
        'A: publish 2', 'A: save', 'A: commit', 'A: renew', 'A: commit',
        'A: release', 'A: commit',
        'B: publish 1', 'B: save', 'B: commit', // it woke up
      ],
    });
  });

  it('a checkpoint that only grows, without fencing: it takes what a fenced relay published', async () => {
    expect(await explore('and fence = $2', 'and $2::bigint > 0')).toEqual({
      message: 'what was published in epoch 1 is taken for the checkpoint of epoch 2',
      schedule: [
        'B: hold', 'B: commit', 'B: claim', // epoch 1
        'time: the lease runs out', 'time: the lease runs out',
        'A: hold', 'A: commit', 'A: claim', // epoch 2, waits for the row
        'B: commit', 'B: publish 1', 'B: save', // waits behind A
        'A: commit', 'A: publish 1', 'A: save',
        'B: commit',
      ],
    });
  });

  it('an epoch that stays when the lease changes hands: the one who lost it is not told from the one who has it', async () => {
    expect(await explore('else lease.epoch + 1', 'else lease.epoch')).toEqual({
      message: 'two held the lease in one epoch',
      schedule: [
        'A: hold', 'A: commit', 'A: claim', 'A: commit',
        'A: publish 1', 'A: save', 'A: commit', 'A: renew', 'A: commit',
        'A: publish 2', 'A: save', 'A: commit', 'A: renew', 'A: commit',
        'A: release', 'A: commit',
        'B: hold', 'B: commit',
      ],
    });
  });
});
