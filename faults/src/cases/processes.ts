import { services } from '@gridcase/events';
import type { FaultCase, World } from '../fault-case';
import type { PlatformUnderTest } from '../platform/under-test';
import { asAdmin } from './as-admin';

/** Longer than the session of a consumer (10 s) and the lease of a clock worker (5 s) and of the relay. */
const BEYOND_SESSION_MS = 16_000;
const AN_HOUR_MS = 3_600_000;
/** Copies look at the clock twice a second. */
const CLOCK_SEEN_MS = 1_000;
/** A service of which there is one copy cannot but be missed: its calls are answered 503. */
const TAKES_CALLS: ReadonlySet<string> = new Set(['platform', 'gateway']);
const SERVICES = ['registry', 'intake', 'dispatch', 'sla-monitor', 'assessment', 'audit'];

async function killAndStart({ platform, note, pause, random }: World, name: string): Promise<void> {
  await platform.kill(name);
  note(`kill -9 ${name}`);
  await pause(random.between(0, 1_000));
  platform.start(name);
  await platform.ready();
  note(`${name} is ready again`);
}

/** Each change of hands counts one. */
async function leaseEpochs(platform: PlatformUnderTest): Promise<{ relay: string; clockWorker: string }> {
  const epochIn = (owner: string, table: string) => asAdmin(platform, owner, async (client) => (await client.query<{ epoch: string }>(`select epoch from ${table}`)).rows[0]!.epoch);
  return { relay: await epochIn('relay', 'relay.relay_lease'), clockWorker: await epochIn('sla-monitor', 'sla_monitor.timer_lease') };
}

/** As services keep them for their copies; sla-monitor's last, so that what it fires lies in nobody's future. */
async function moveClocks({ platform, pause }: World, byMs: number): Promise<void> {
  for (const owners of [services.filter((service) => service !== 'sla-monitor'), ['sla-monitor']]) {
    for (const owner of owners) await asAdmin(platform, owner, (client) => client.query(`update ${owner.replace('-', '_')}_simulation.clock set stands_at = stands_at + $1 * interval '1 millisecond'`, [byMs]));
    await pause(CLOCK_SEEN_MS);
  }
}

export const processCases: readonly FaultCase[] = [
  {
    name: 'kill-platform', profiles: ['standalone'], short: ['standalone'],
    about: 'kill -9 of the whole platform, again and again, at random moments',
    async inject(world) {
      for (let kill = 0; kill < 2; kill++) {
        await world.pause(world.random.between(200, 1_500));
        await killAndStart(world, 'platform');
      }
    },
  },
  {
    name: 'kill-each', profiles: ['cluster'],
    about: 'kill -9 of every service, the relay and the gateway, one after the other in random order',
    async inject(world) {
      for (const name of world.random.shuffled(world.platform.names)) {
        await world.pause(world.random.between(100, 1_000));
        await killAndStart(world, name);
      }
    },
  },
  {
    name: 'kill-all', profiles: ['cluster'], short: ['cluster'],
    about: 'everything killed at once, PostgreSQL and Kafka too, and started in random order',
    async inject({ platform, random, note, pause }) {
      await Promise.all([...platform.names.map((name) => platform.kill(name)), platform.database.server().kill(), platform.broker!.kill()]);
      note('kill -9 of everything');
      const starts: [string, () => unknown][] = [...platform.names.map((name): [string, () => unknown] => [name, () => platform.start(name)]), ['PostgreSQL', () => platform.database.start()], ['Kafka', () => platform.broker!.start()]];
      const order = random.shuffled(starts);
      for (const [, start] of order) {
        await start();
        await pause(random.between(0, 500));
      }
      note(`started: ${order.map(([name]) => name).join(', ')}`);
      await platform.ready();
    },
  },
  {
    // Everybody is let in, or some 503 would say nothing but that there is a crowd.
    name: 'terminate-each', profiles: ['cluster', 'standalone'], platform: { env: { GRIDCASE_CALLS_MIN: '1000' } },
    about: 'SIGTERM under load: each ends with 0, what was acknowledged stays, and who takes calls answers none with 5xx until it has ended',
    async inject({ platform, random, note, pause, problem, serverErrors }) {
      for (const name of random.shuffled(platform.names)) {
        const before = serverErrors();
        const { code } = await platform.kill(name, 'SIGTERM');
        const errors = [...serverErrors()].flatMap(([status, times]) => (times > (before.get(status) ?? 0) ? [`${times - (before.get(status) ?? 0)} times ${status}`] : []));
        note(`SIGTERM to ${name}: ended with ${code}`);
        if (TAKES_CALLS.has(name)) for (const error of errors) problem(`${error} while ${name} ended`);
        if (code !== 0) problem(`${name} ended with ${code} after SIGTERM`);
        platform.start(name);
        await platform.ready();
        await pause(random.between(100, 1_000));
      }
    },
  },
  {
    name: 'stop-and-continue', profiles: ['cluster'],
    about: 'two each of relay, sla-monitor and dispatch; the one, then the other SIGSTOP for longer than sessions and leases, then SIGCONT: two leaders, two clock workers and stale consumers are fenced',
    async inject(world) {
      const { platform, note, pause, random, problem, moreAcknowledged } = world;
      const names = ['relay', 'sla-monitor', 'dispatch'];
      const copies: string[] = [];
      let clockWorkersReplaced = 0;
      for (const name of names) copies.push(await platform.startCopy!(name));
      await platform.ready();
      note(`started beside the others: ${copies.join(', ')}`);
      for (const stopped of [names, copies]) {
        await pause(random.between(0, 2_000));
        const before = await leaseEpochs(platform);
        for (const name of stopped) await platform.kill(name, 'SIGSTOP');
        note(`SIGSTOP: ${stopped.join(', ')}`);
        // The gateway, which moves the clocks else, waits for those that are stopped: without this nothing would fall due for the others.
        await moveClocks(world, AN_HOUR_MS);
        await pause(BEYOND_SESSION_MS);
        const held = await leaseEpochs(platform);
        for (const name of stopped) await platform.kill(name, 'SIGCONT');
        note('SIGCONT');
        if (held.relay === before.relay) problem(`nobody took over from ${stopped[0]}`);
        if (held.clockWorker !== before.clockWorker) clockWorkersReplaced += 1;
        await moreAcknowledged(50);
      }
      // Only who fires something holds it: in one of the two rounds that may have been the one who goes on.
      if (clockWorkersReplaced === 0) problem('nobody took over from a clock worker that stood still');
      for (const copy of copies) {
        const code = await platform.endCopy!(copy);
        if (code !== 0) problem(`${copy} ended with ${code}`);
      }
      note('the copies have ended');
    },
  },
  {
    name: 'crash-loop', profiles: ['cluster'],
    about: 'one service dies as soon as it is ready, six times, while the others go on',
    async inject(world) {
      const name = world.random.oneOf(SERVICES.filter((service) => service !== 'intake'));
      for (let crash = 0; crash < 6; crash++) {
        await world.platform.kill(name);
        world.platform.start(name);
        while (!(await world.platform.isReady(name))) await world.pause(100);
      }
      world.note(`${name} died six times`);
    },
  },
];
