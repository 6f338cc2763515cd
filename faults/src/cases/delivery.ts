import type { FaultCase } from '../fault-case';
import { gridcase } from '../cli';
import { asAdmin } from './as-admin';
import { dyingAt } from './crash-points';
import { kafkaOf } from './kafka';
import { READERS } from './readers';

const PARKED_WITHIN_MS = 60_000;

export const deliveryCases: readonly FaultCase[] = [
  {
    name: 'whole-record-again', profiles: ['cluster'], short: ['cluster'],
    about: 'the relay begins at the beginning: every event arrives again, among new ones',
    async inject(world) {
      const { platform, note } = world;
      await platform.kill('relay');
      const { rows: [row] } = await asAdmin(platform, 'relay', (client) => client.query<{ position: string }>('select position from relay.relay_checkpoint'));
      await asAdmin(platform, 'relay', (client) => client.query('update relay.relay_checkpoint set position = 0'));
      platform.start('relay');
      note(`the relay's checkpoint went from ${row!.position} to 0`);
      await platform.ready();
    },
  },
  {
    name: 'offsets-lost', profiles: ['cluster'],
    about: 'Kafka has forgotten where every consumer stood: each goes on from its own position',
    async inject(world) {
      const { platform, note } = world;
      for (const name of READERS) await platform.kill(name, 'SIGTERM');
      const admin = kafkaOf(world).admin();
      await admin.connect();
      const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((id) => !id.includes('faults'));
      // One that was left in order has no members any more.
      await admin.deleteGroups(groups);
      await admin.disconnect();
      note(`${groups.length} groups deleted with their offsets`);
      for (const name of READERS) platform.start(name);
      await platform.ready();
    },
  },
  {
    name: 'topic-deleted', profiles: ['cluster'],
    about: 'the topic of case events is deleted under load; the relay makes it anew when it is started again',
    async inject(world) {
      const { platform, note } = world;
      const admin = kafkaOf(world).admin();
      await admin.connect();
      const topic = (await admin.listTopics()).find((name) => name.endsWith('case-events.v1'))!;
      await admin.deleteTopics({ topics: [topic] });
      await admin.disconnect();
      note(`${topic} deleted`);
      await world.pause(3_000);
      await platform.kill('relay', 'SIGTERM');
      platform.start('relay');
      // As the runbook of a lost broker says.
      for (const name of READERS) {
        await platform.kill(name, 'SIGTERM');
        platform.start(name);
      }
      await platform.ready();
    },
  },
  {
    name: 'poison', profiles: ['standalone', 'cluster'],
    about: 'a read model refuses the rows of one case in eight: they are parked and told, released when the cause is gone, in order',
    async inject(world) {
      const { platform, note, pause, problem } = world;
      const table = await asAdmin(platform, 'dispatch', async (client) => {
        const { rows: [live] } = await client.query<{ table: string }>(`select tables -> 0 ->> 'table' as table from dispatch.read_model where name = 'case_board' and state = 'live'`);
        await client.query(`alter table ${live!.table} add constraint poison check (phase <> 'closed' or ('x' || substr(md5(id), 1, 2))::bit(8)::int >= 32) not valid`);
        return live!.table;
      });
      const parked = async () => Math.max(0, ...[...(await platform.metrics()).values()].flatMap((text) => [...text.matchAll(/^gridcase_parked_streams\{processor="dispatch\.case_board[^}]*\} (\d+)$/gm)].map(([, count]) => Number(count))));
      let seen = 0;
      for (const until = performance.now() + PARKED_WITHIN_MS; (seen = await parked()) === 0 && performance.now() < until;) await pause(200);
      note(`${seen} streams parked, as the figure says that the alert looks at`);
      if (seen === 0) problem('nothing was parked');
      await asAdmin(platform, 'dispatch', (client) => client.query(`alter table ${table} drop constraint poison`));
      const released = await gridcase(platform, ['parked', 'dispatch', '--release']);
      note(released.stdout.trim());
      for (const until = performance.now() + PARKED_WITHIN_MS; (await parked()) > 0 && performance.now() < until;) await pause(200);
    },
  },
  {
    name: 'read-models-and-migration', profiles: ['standalone', 'cluster'],
    about: "a service's tables are lost; it dies while it makes them anew, and fills them from the record when it starts again",
    async inject(world) {
      const { platform, note } = world;
      const name = platform.profile === 'standalone' ? 'platform' : 'assessment';
      await platform.kill(name);
      await asAdmin(platform, 'assessment', (client) => client.query('drop schema assessment cascade'));
      platform.start(name, dyingAt('sql:create table if not exists assessment', 1));
      await platform.ended(name);
      note(`the schema of assessment dropped, ${name} died at its migration`);
      platform.start(name);
      await platform.ready();
    },
  },
  {
    name: 'die-in-the-switch-of-a-rebuild', profiles: ['standalone', 'cluster'],
    about: 'gridcase rebuild dies within the transaction that switches to the new tables, then runs to its end, under load',
    async inject({ platform, note, problem }) {
      const died = await gridcase(platform, ['rebuild', 'dispatch'], dyingAt(`sql:set state = 'live'`, 1));
      note(`gridcase rebuild dispatch ended with ${died.code ?? 'SIGKILL'}`);
      if (died.code !== null) problem(`the rebuild did not die: ${died.stdout}${died.stderr}`);
      const { code, stdout, stderr } = await gridcase(platform, ['rebuild', 'dispatch']);
      note(`again: ended with ${code}, ${stdout.trim()}`);
      if (code !== 0 || !stdout.includes(' 0 differences')) problem(`the rebuild ended with ${code}: ${stdout}${stderr}`);
    },
  },
];
