import { execFileSync } from 'node:child_process';
import type { Admin } from 'kafkajs';
import type { FaultCase, World } from '../fault-case';
import { topicsOf, withAdmin } from './kafka';
import { READERS, restart, stop } from './readers';
import { rebalanceCase } from './rebalance';

const TWO_MINUTES_MS = 120_000;
const TELLS_WITHIN_MS = 90_000;
const STARVED_MS = 45_000;
/** kafkajs names them in a const enum. */
const TOPIC_RESOURCE = 2;
const SET_OF_THE_TOPIC = 1;

/** The log of a topic counts as written only when so many copies have it; one there is. Other settings of it stay. */
async function minInsyncReplicas(admin: Admin, topic: string, replicas: string): Promise<void> {
  const { resources: [described] } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: TOPIC_RESOURCE, name: topic }] });
  const own = described!.configEntries.filter(({ configSource }) => (configSource as number) === SET_OF_THE_TOPIC).map(({ configName, configValue }) => ({ name: configName, value: configValue }));
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC_RESOURCE, name: topic, configEntries: [...own.filter(({ name }) => name !== 'min.insync.replicas'), { name: 'min.insync.replicas', value: replicas }] }] });
}

async function relayLag({ platform }: World): Promise<number> {
  return Number(/^gridcase_relay_lag_events\{[^}]*\} (\d+)$/m.exec((await platform.metrics()).get('relay') ?? '')?.[1] ?? NaN);
}

/** Nothing goes out, and the figure says so; commands go on. */
async function isStuck(world: World, why: string): Promise<void> {
  const { note, problem, moreAcknowledged, pause } = world;
  await moreAcknowledged(50);
  let lag = 0;
  for (const until = performance.now() + TELLS_WITHIN_MS; !(lag > 0) && performance.now() < until; await pause(500)) lag = await relayLag(world);
  note(`${why}: commands go on, ${lag} events wait for Kafka`);
  if (!(lag > 0)) problem(`${why}, and the lag of the relay does not rise`);
}

export const brokerCases: readonly FaultCase[] = [
  {
    name: 'broker-killed', profiles: ['cluster'],
    about: 'Kafka is killed under load and started again',
    async inject({ platform, note, pause, random }) {
      await platform.broker!.kill();
      note('kill -9 Kafka');
      await pause(random.between(500, 3_000));
      await platform.broker!.start();
      note('Kafka runs again');
    },
  },
  {
    name: 'broker-down-for-two-minutes', profiles: ['cluster'],
    about: 'Kafka is down for two minutes: commands go on being acknowledged',
    load: { lanes: 2 },
    async inject({ platform, note, pause, acknowledged, problem }) {
      await platform.broker!.stop();
      const before = acknowledged();
      await pause(TWO_MINUTES_MS);
      const meanwhile = acknowledged() - before;
      note(`Kafka was down for two minutes, ${meanwhile} commands were acknowledged meanwhile`);
      if (meanwhile === 0) problem('no command was acknowledged while Kafka was down');
      await platform.broker!.start();
    },
  },
  {
    name: 'too-few-partitions', profiles: ['cluster'],
    about: 'a topic stands with other partitions than it must have: relay and readers refuse and say why, commands go on; the operator puts it right',
    async inject(world) {
      const { platform, note, pause, problem, moreAcknowledged } = world;
      for (const name of ['relay', ...READERS]) await stop(platform, name);
      const topic = await withAdmin(world, async (admin) => {
        const name = (await topicsOf(admin)).find((one) => one.endsWith('case-events.v1'))!;
        await deleteTopic(admin, name, pause);
        await admin.createTopics({ waitForLeaders: false, topics: [{ topic: name, numPartitions: 2, replicationFactor: 1 }] });
        return name;
      });
      for (const name of ['relay', ...READERS]) platform.start(name);
      const says = /has 2 partitions, expected 6/;
      await platform.ended('relay');
      if (!says.test(platform.logEnd('relay'))) problem(`the relay ended without saying why: ${platform.logEnd('relay').slice(-500)}`);
      for (const name of READERS) {
        let reason: string | undefined = '';
        for (const until = performance.now() + TELLS_WITHIN_MS; !says.test(reason ?? '') && performance.now() < until; await pause(200)) reason = await platform.whyNotReady(name);
        if (!says.test(reason ?? '')) problem(`${name} does not say that the topic has too few partitions: ${reason ?? 'it is ready'}`);
      }
      await moreAcknowledged(50);
      note(`${topic} had 2 partitions: the relay ended, ${READERS.join(', ')} are not ready, commands go on`);
      // As the runbook of a lost broker says.
      await withAdmin(world, (admin) => deleteTopic(admin, topic, pause));
      platform.start('relay');
      while (!(await platform.isReady('relay'))) await pause(200);
      await restart(platform, READERS);
      await platform.ready();
    },
  },
  {
    name: 'broker-disk-full', profiles: ['cluster'],
    about: 'Kafka takes nothing any more, first because too few copies can be written, then because its own disk refuses, of which it dies; commands go on, what waits goes out when there is room',
    async inject(world) {
      const { platform, note, pause, problem } = world;
      const broker = platform.broker!;
      await withAdmin(world, async (admin) => {
        for (const topic of await topicsOf(admin)) await minInsyncReplicas(admin, topic, '2');
      });
      await isStuck(world, 'too few copies');
      await pause(STARVED_MS);
      await withAdmin(world, async (admin) => {
        for (const topic of await topicsOf(admin)) await minInsyncReplicas(admin, topic, '1');
      });
      await platform.ready();
      note('enough copies again');
      // Every write of the process fails from now on, as on a full disk.
      execFileSync('prlimit', ['--pid', String(broker.pid), '--fsize=0']);
      for (const until = performance.now() + TELLS_WITHIN_MS; broker.pid !== undefined && performance.now() < until; await pause(200));
      note(broker.pid === undefined ? 'the broker has ended: it could not write' : 'the broker runs and cannot write');
      await isStuck(world, 'no room');
      if (broker.pid !== undefined) problem('the broker did not end although it could not write');
      await broker.kill();
      await broker.start();
      note('there is room again');
    },
  },
  rebalanceCase,
];

/** Resolves when it is gone: "deleted" is answered before. */
async function deleteTopic(admin: Admin, topic: string, pause: World['pause']): Promise<void> {
  await admin.deleteTopics({ topics: [topic] });
  while ((await admin.listTopics()).includes(topic)) await pause(100);
}
