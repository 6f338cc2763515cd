import { Client } from 'pg';
import type { FaultCase } from '../fault-case';
import { asAdmin } from './as-admin';
import { headOf } from './readers';

const HALF_A_MINUTE_MS = 30_000;

export const databaseCases: readonly FaultCase[] = [
  {
    name: 'database-killed', profiles: ['standalone', 'cluster'],
    about: 'PostgreSQL is killed under load and started again',
    async inject({ platform, note, pause, random }) {
      await platform.database.server().kill();
      note('kill -9 PostgreSQL');
      await pause(random.between(0, 2_000));
      await platform.database.start();
      note('PostgreSQL runs again');
    },
  },
  {
    name: 'own-database-killed', profiles: ['standalone'], platform: { embedded: true },
    about: 'PostgreSQL as `npm start` brings it: killed under the platform, left over by a platform that was killed, killed with it. It is the platform that starts it again',
    async inject({ platform, note, pause, random }) {
      const database = () => platform.database.server().kill();
      const process = () => platform.kill('platform');
      for (const [what, killed] of random.shuffled([['PostgreSQL', [database]], ['the platform', [process]], ['both', [process, database]]] as const)) {
        await pause(random.between(200, 1_500));
        await Promise.all(killed.map((kill) => kill()));
        note(`kill -9 of ${what}`);
        await pause(random.between(0, 1_000));
        if (!platform.isRunning('platform')) platform.start('platform');
        await platform.ready();
        note('ready again');
      }
    },
  },
  {
    name: 'database-down-for-30-s', profiles: ['standalone', 'cluster'],
    about: 'PostgreSQL is stopped for half a minute',
    async inject({ platform, note, pause }) {
      await platform.database.server().stop();
      note('PostgreSQL is stopped');
      await pause(HALF_A_MINUTE_MS);
      await platform.database.start();
      note('PostgreSQL runs again');
    },
  },
  {
    name: 'all-backends-terminated', profiles: ['standalone', 'cluster'],
    about: 'every connection to PostgreSQL is cut, five times',
    async inject({ platform, note, pause, random }) {
      for (let times = 0; times < 5; times++) {
        const client = new Client({ connectionString: platform.database.urlOf('postgres') });
        await client.connect();
        const { rowCount } = await client.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = $1', ['client backend']);
        await client.end();
        note(`${rowCount} backends terminated`);
        await pause(random.between(500, 2_000));
      }
    },
  },
  {
    name: 'too-many-connections', profiles: ['standalone', 'cluster'],
    about: 'somebody takes every connection PostgreSQL has, while those of the platform are cut',
    async inject({ platform, note, pause }) {
      const greedy: Client[] = [];
      for (;;) {
        const client = new Client({ connectionString: platform.database.urlOf('postgres') });
        client.on('error', () => undefined);
        try {
          await client.connect();
        } catch {
          break;
        }
        greedy.push(client);
      }
      await greedy[0]!.query(`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and application_name like 'gridcase.%'`);
      note(`${greedy.length} connections taken, those of the platform cut`);
      await pause(3_000);
      await Promise.all(greedy.map((client) => client.end()));
      note('given back');
    },
  },
  {
    name: 'statements-cancelled', profiles: ['standalone', 'cluster'],
    about: 'statements are cancelled while they run, as by a statement timeout',
    async inject({ platform, note, pause }) {
      let cancelled = 0;
      await asAdmin(platform, 'postgres', async (client) => {
        for (let times = 0; times < 200; times++) {
          cancelled += (await client.query(`select pg_cancel_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and state = 'active' and application_name like 'gridcase.%' and query not like 'listen%'`)).rowCount ?? 0;
          await pause(20);
        }
      });
      note(`${cancelled} statements cancelled`);
    },
  },
  ...(['40P01', '40001', '53100'] as const).map((code): FaultCase => ({
    name: { '40P01': 'deadlocks', '40001': 'serialization-errors', '53100': 'disk-full-at-commit' }[code], profiles: ['standalone', 'cluster'],
    about: `one commit in ten of the record and of the read models ends with ${code} for ten seconds`,
    async inject({ platform, note, pause }) {
      const owners = ['event-store', 'intake', 'dispatch', 'sla-monitor', 'assessment'];
      for (const owner of owners) await asAdmin(platform, owner, (client) => client.query(failing(owner.replace('-', '_'), code)));
      note(`commits fail with ${code}`);
      await pause(10_000);
      for (const owner of owners) await asAdmin(platform, owner, (client) => client.query('drop schema if exists faults cascade'));
      note('commits succeed again');
    },
  })),
  {
    name: 'answers-of-commits-lost', profiles: ['standalone', 'cluster'], platform: { proxied: true },
    about: 'the connection is cut after the server has stored the events and before its answer: thirty times, then those of read models',
    async inject({ platform, note }) {
      await platform.proxy!.loseAnswers('event_store.append', 30);
      note('30 answers of appends lost');
      await platform.proxy!.loseAnswers('commit', 10);
      note('10 answers of commits lost');
    },
  },
  {
    name: 'older-backup-restored', profiles: ['cluster'],
    about: 'an older state of the record stands where the newest was: every service notices before anything is written to it, and goes on when the newest is back',
    async inject(world) {
      const { platform, note, pause, problem, moreAcknowledged } = world;
      const record = new URL(platform.database.urlOf('event-store')).pathname.slice(1);
      const restart = async (meanwhile: string[]) => {
        await Promise.all(platform.names.map((name) => platform.kill(name, 'SIGTERM')));
        for (const statement of meanwhile) await asAdmin(platform, 'postgres', (client) => client.query(statement));
        for (const name of platform.names) platform.start(name);
      };
      await restart([`create database older template ${record}`]);
      await platform.ready();
      note('the record was copied');
      await moreAcknowledged(100);
      await restart([`alter database ${record} rename to newest`, `alter database older rename to ${record}`]);
      const before = await headOf(platform);
      await pause(HALF_A_MINUTE_MS);
      const after = await headOf(platform);
      note(`half a minute on the older record, whose head is ${before}`);
      if (after !== before) problem(`the older record was written to: its head went from ${before} to ${after}`);
      for (const name of ['registry', 'intake', 'dispatch', 'sla-monitor', 'assessment', 'relay']) if (await platform.isReady(name)) problem(`${name} is ready on an older record`);
      await restart([`alter database ${record} rename to older`, `alter database newest rename to ${record}`, 'drop database older']);
      note('the newest is back');
      await platform.ready();
    },
  },
];

/** A trigger at commit on every table of the schema, which raises now and then. Real PostgreSQL errors, at the moment they really come. */
const failing = (schema: string, code: string): string => `
  create schema if not exists faults;
  create or replace function faults.fail() returns trigger language plpgsql as $$ begin
    if random() < 0.1 then raise exception 'fault' using errcode = '${code}'; end if;
    return null;
  end $$;
  do $$ declare t record; begin
    for t in select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and n.nspname = '${schema}' and c.relname <> 'schema_migrations' loop
      execute format('create constraint trigger fault_%s after insert or update on %s deferrable initially deferred for each row execute function faults.fail()', replace(replace(t.name::text, '.', '_'), '"', ''), t.name);
    end loop;
  end $$;`;
