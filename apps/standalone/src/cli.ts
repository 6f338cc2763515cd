import 'reflect-metadata';
import { Command } from 'commander';
import type { Pool } from 'pg';
import { restrictEventStoreDbAccess } from '@gridcase/event-store';
import { adoptStore, listParked, rebuild, releaseParked, rollback } from '@gridcase/projections';
import { services, upcastEvent } from '@gridcase/events';
import { ConfigError, outliveReader, Shutdown } from '@gridcase/platform';
import { EffectOutbox, installTables, schemaOf } from '@gridcase/service';
import { RelayCheckpoint } from '@gridcase-apps/relay';
import { CLI, openTools, type Tools } from './cli-tools';
import { auditCheck, readFlags, type AuditCheckFlags } from './closing-check/audit-check';
import { sectionNames } from './closing-check/report';
import { ownedTables as tables, readers as readModels, type Reader } from './owned-tables';

const readers = readModels.map(({ service }) => service);

async function withTools(work: (tools: Tools) => Promise<number>): Promise<void> {
  const shutdown = new Shutdown({ log: (line) => process.stderr.write(`${line}\n`) });
  shutdown.listen();
  let code = 1;
  try {
    code = await work(await openTools(shutdown));
  } finally {
    code = Math.max(code, await shutdown.stop());
    process.exitCode = code;
  }
}

/** Whoever runs would go on in a record that is another one for it. */
async function refuseBesideRunning(pool: Pool, name: string): Promise<void> {
  const { rows } = await pool.query<{ application_name: string }>(`select distinct application_name from pg_stat_activity where datname = current_database() and application_name like 'gridcase.%' and application_name <> $1`, [CLI]);
  if (rows.length > 0) throw new Error(`${rows.map(({ application_name }) => application_name).join(', ')} is connected to the database of ${name}: stop every service first`);
}

const list = (text: string): string[] => text.split(',').map((one) => one.trim()).filter(Boolean);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

function known(service: string): Reader {
  const found = readModels.find((reader) => reader.service === service);
  if (!found) throw new Error(`no read models of a service ${service}: one of ${readers.join(', ')}`);
  return found;
}

const program = new Command('gridcase').description('Gridcase operations: read models and the record. Works beside running services or without them. With EVENTSTORE_URL or EVENT_STORE_DATABASE_URL on a cluster (a service’s database in DATABASE_URL, or in DISPATCH_DATABASE_URL and so on), else on the standalone platform: DATABASE_URL, or the embedded PostgreSQL under GRIDCASE_DATA_DIR.');

program.command('migrate').description('bring the tables of the record, of every service and of the relay up to date, as each does when it starts: before an upgrade, so that what fails fails here')
  .option('--json', 'print the report as JSON')
  .action((options: { json?: boolean }) => withTools(async ({ poolOf, owners }) => {
    for (const name of owners.filter((owner) => tables[owner])) {
      const { from, to, toRebuild } = await installTables(poolOf(name), schemaOf(name), tables[name]!);
      if (options.json) print(JSON.stringify({ service: name, from, to, toRebuild }));
      else print(`${name}: ${from === to ? 'up to date' : `from version ${from} to ${to}`}${toRebuild.length > 0 ? `; to be filled from the record: ${toRebuild.join(', ')} (gridcase rebuild ${name}, or its new release when it starts)` : ''}`);
    }
    return 0;
  }));

program.command('rebuild').argument('<service>', `one of ${readers.join(', ')}, or all`)
  .description('build the read models of a service anew from the record, compare them row by row with the live ones, switch')
  .option('--check', 'only compare: exit 1 when a live row is not what the record gives, switch nothing')
  .option('--json', 'print the report as JSON')
  .action((service: string, options: { check?: boolean; json?: boolean }) => withTools(async ({ poolOf, store }) => {
    let different = 0;
    for (const name of service === 'all' ? readers : [service]) {
      let shown = 0;
      const of = known(name);
      const report = await rebuild({
        pool: poolOf(of.service), store, upcast: upcastEvent, schema: of.schema, projections: of.projections, compareOnly: options.check,
        onProgress: ({ phase, events }) => { if (!options.json && (events - shown >= 50_000 || phase === 'switched')) { shown = events; process.stderr.write(`${name}: ${phase}, ${events} events\n`); } },
      });
      if (options.json) print(JSON.stringify({ service: name, ...report }, (_, value) => (typeof value === 'bigint' ? value.toString() : value)));
      for (const p of report.projections) {
        different += p.differences?.count ?? 0;
        if (!options.json) print(`${name}.${p.name} v${p.version}: ${p.rows} rows, ${p.differences ? `${p.differences.count} differences` : 'nothing to compare with'}${p.parked.length ? `, parked: ${p.parked.join(', ')}` : ''}`);
        for (const d of p.differences?.examples ?? []) if (!options.json) print(`  differs: ${d.table} ${d.key} (live revision ${d.live ?? 'none'}, rebuilt ${d.rebuilt ?? 'none'})`);
      }
    }
    return options.check && different > 0 ? 1 : 0;
  }));

program.command('adopt-record').description('after the record was restored from a backup or replaced, with every service stopped: gives it a new epoch, builds every read model anew from it, lets reactors and the relay go on in it')
  .option('--keep-epoch', 'the record has its new epoch already')
  .action((options: { keepEpoch?: boolean }) => withTools(async ({ poolOf, owners, store, renewEpoch }) => {
    for (const name of owners.filter((owner) => tables[owner])) await refuseBesideRunning(poolOf(name), name);
    print(`record: epoch ${options.keepEpoch ? await store.epoch() : await renewEpoch()}, ends at position ${await store.head()}`);
    for (const name of services.filter((service) => tables[service])) {
      const [schema, { projections = [] }] = [schemaOf(name), tables[name]!];
      await installTables(poolOf(name), schema, tables[name]!);
      if (projections.length > 0) {
        const report = await rebuild({ pool: poolOf(name), store, upcast: upcastEvent, schema, projections });
        print(`${name}: ${report.projections.map((p) => `${p.name} ${p.rows} rows`).join(', ')}`);
      }
      for (const processor of await adoptStore(poolOf(name), schema, store)) print(`${name}: ${processor} goes on`);
    }
    if (owners.includes('relay')) {
      await installTables(poolOf('relay'), schemaOf('relay'), tables.relay!);
      const from = await new RelayCheckpoint(poolOf('relay'), schemaOf('relay'), store).adoptStore();
      print(`relay: ${from === undefined ? 'has not run yet' : `goes on from position ${from}`}`);
    }
    return 0;
  }));

program.command('restrict-access').description('EventStoreDB: who may append and who may read; nobody but administrators deletes. EVENTSTORE_URL with a user of $admins')
  .requiredOption('--writers <users or groups>', 'separated by commas', list).requiredOption('--readers <users or groups>', 'separated by commas', list)
  .action(async ({ writers, readers }: { writers: string[]; readers: string[] }) => {
    const connectionString = process.env['EVENTSTORE_URL'];
    if (!connectionString) throw new ConfigError(['EVENTSTORE_URL: is required']);
    await restrictEventStoreDbAccess({ connectionString, writers, readers });
    print(`append and read: ${writers.join(', ')}; read: ${readers.join(', ')}; delete, metadata: $admins`);
  });

program.command('rollback').argument('<service>').argument('<read-model>').description('go back to the tables that were live before the last rebuild')
  .action((service: string, name: string) => withTools(async ({ poolOf }) => {
    const of = known(service);
    await rollback({ pool: poolOf(of.service), schema: of.schema, name });
    print(`${service}.${name}: the kept tables are live again`);
    return 0;
  }));

program.command('parked').argument('<service>').description('list what could not be projected').option('--release [stream]', 'try again: all, or one stream')
  .action((service: string, options: { release?: string | true }) => withTools(async ({ poolOf }) => {
    const { schema, service: of } = known(service);
    const pool = poolOf(of);
    if (options.release) {
      const released = await releaseParked(pool, schema, typeof options.release === 'string' ? { stream: options.release } : {});
      print(`${released} asked to be released; the running service takes them up`);
      return 0;
    }
    const parked = await listParked(pool, schema);
    for (const p of parked) print(`${p.processor} ${p.stream} revision ${p.revision}: ${p.error.split('\n', 1)[0]}`);
    print(`${parked.length} parked`);
    return parked.length > 0 ? 1 : 0;
  }));

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** dispatch is the service that acts on the outside. */
const outboxOf = ({ poolOf }: Tools): EffectOutbox => new EffectOutbox(poolOf('dispatch'), schemaOf('dispatch'));
const outbox = program.command('outbox').description('effects on the outside: notices to the web hook');

outbox.command('list').description('what was given up, oldest first; exit 1 when there is any').option('--limit <rows>', 'at most so many', '100').option('--json')
  .action((options: { limit: string; json?: boolean }) => withTools(async (tools) => {
    if (!/^[1-9]\d{0,5}$/.test(options.limit)) throw new Error(`--limit is a whole number from 1, not ${options.limit}`);
    const [figures, givenUp] = [await outboxOf(tools).figures(), await outboxOf(tools).listGivenUp(Number(options.limit))];
    if (options.json) print(JSON.stringify({ ...figures, effects: givenUp }));
    else {
      for (const e of givenUp) print(`${e.id} ${e.target} ${e.kind} ${e.stream} revision ${e.revision}, written ${e.createdAt.toISOString()}: ${e.attempts} attempts, last ${e.lastError}`);
      print(`${figures.givenUp} given up, ${figures.waiting} waiting${figures.waiting > 0 ? `, the oldest for ${Math.round(figures.oldestSeconds)} s` : ''}`);
    }
    return figures.givenUp > 0 ? 1 : 0;
  }));

outbox.command('retry').argument('[id]', 'one of the list; all of them without it').description('let what was given up wait anew; the running service sends it')
  .action((id: string | undefined) => withTools(async (tools) => {
    if (id !== undefined && !UUID.test(id)) throw new Error(`${id} is no id of the list`);
    const count = await outboxOf(tools).retry(id);
    print(`${count} wait anew`);
    return id !== undefined && count === 0 ? 1 : 0;
  }));

program.command('audit').argument('<check>', '`check`').description('the closing check: record, commands, clocks, read models, effects on the outside, parked streams; names each difference, exit 1 when there is any')
  .option('--only <sections>', `some of ${sectionNames.join(', ')}, separated by commas; record, commands and clocks need no database but the record's`, list)
  .option('--acknowledged <file>', 'JSON lines {"key", "operation", "stream", "revision", "person"?}, as callers noted them: each is on record exactly once')
  .option('--received <file>', 'JSON lines {"id", "status", "sha256"?}, as the receiver of notices noted its requests')
  .option('--now <instant>', 'what is due by then must have fired, such as 2025-09-29T01:30:00.000Z; or `record`: when the last event was recorded, for a platform that is stopped; default: the machine’s clock, with GRIDCASE_CLOCK=simulated `record`')
  .option('--grace <seconds>', 'allowed between the moment and what must follow (clocks, notices)', '10')
  .option('--json', 'print the report as JSON')
  .action(async (what: string, flags: AuditCheckFlags) => {
    if (what !== 'check') throw new Error('gridcase audit knows: check');
    const options = await readFlags(flags);
    return withTools((tools) => auditCheck(tools, options, { json: flags.json, print, progress: (line) => process.stderr.write(`${line}\n`) }));
  });

outliveReader();
program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : (error as Error).message}\n`);
  process.exit(2);
});
