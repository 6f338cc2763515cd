import 'reflect-metadata';
import { Command } from 'commander';
import { listParked, rebuild, releaseParked, rollback, type StreamProjection } from '@gridcase/projections';
import { upcastEvent, type Service } from '@gridcase/events';
import { createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { ConfigError, createPool, Shutdown, startPostgres } from '@gridcase/platform';
import { assessmentProjections } from '@gridcase-apps/assessment';
import { auditCheck } from '@gridcase-apps/audit';
import { dispatchProjections } from '@gridcase-apps/dispatch';
import { intakeProjections } from '@gridcase-apps/intake';
import { slaMonitorProjections } from '@gridcase-apps/sla-monitor';
import type { Pool } from 'pg';
import { runningDatabase } from './running-database';
import { postgresDir, standaloneConfig } from './standalone-config';
import { schemaOf } from './start-platform';

/** Services that keep read models. */
const projections: Partial<Record<Service, readonly StreamProjection[]>> = {
  intake: intakeProjections, dispatch: dispatchProjections, 'sla-monitor': slaMonitorProjections, assessment: assessmentProjections,
};

interface Tools { pool: Pool; store: EventStore }

/** Uses DATABASE_URL, or the embedded server of the data folder: the running one, or one started for this command alone. */
async function withDatabase(work: (tools: Tools) => Promise<number>): Promise<void> {
  const config = standaloneConfig();
  const shutdown = new Shutdown({ log: (line) => process.stderr.write(`${line}\n`) });
  shutdown.listen();
  let code = 1;
  try {
    let url = config.databaseUrl ?? (await runningDatabase(config));
    if (!url) {
      const postgres = await startPostgres({ dataDir: postgresDir(config), database: 'gridcase' });
      shutdown.onStop('servers', 'PostgreSQL', () => postgres.stop());
      url = postgres.url;
    }
    const pool = createPool({ url, applicationName: 'gridcase.cli', max: 8, statementTimeoutMs: 0 });
    shutdown.onStop('connections', 'database pool', () => pool.end());
    const store = await createPostgresEventStore({ url });
    shutdown.onStop('connections', 'event store', () => store.close());
    code = await work({ pool, store });
  } finally {
    code = Math.max(code, await shutdown.stop());
    process.exitCode = code;
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function known(service: string): { schema: string; projections: readonly StreamProjection[] } {
  const found = projections[service as Service];
  if (!found) throw new Error(`no read models of a service ${service}: one of ${Object.keys(projections).join(', ')}`);
  return { schema: schemaOf(service as Service), projections: found };
}

const program = new Command('gridcase').description('Gridcase operations on one machine: read models and the record. Works beside the running platform or without it. Uses DATABASE_URL, else the embedded PostgreSQL under GRIDCASE_DATA_DIR.');

program.command('rebuild').argument('<service>', `one of ${Object.keys(projections).join(', ')}, or all`)
  .description('build the read models of a service anew from the record, compare them row by row with the live ones, switch')
  .option('--check', 'only compare: exit 1 when a live row is not what the record gives, switch nothing')
  .option('--json', 'print the report as JSON')
  .action((service: string, options: { check?: boolean; json?: boolean }) => withDatabase(async ({ pool, store }) => {
    let different = 0;
    for (const name of service === 'all' ? Object.keys(projections) : [service]) {
      let shown = 0;
      const report = await rebuild({
        pool, store, upcast: upcastEvent, ...known(name), compareOnly: options.check,
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

program.command('rollback').argument('<service>').argument('<read-model>').description('go back to the tables that were live before the last rebuild')
  .action((service: string, name: string) => withDatabase(async ({ pool }) => {
    await rollback({ pool, schema: known(service).schema, name });
    print(`${service}.${name}: the kept tables are live again`);
    return 0;
  }));

program.command('parked').argument('<service>').description('list what could not be projected').option('--release [stream]', 'try again: all, or one stream')
  .action((service: string, options: { release?: string | true }) => withDatabase(async ({ pool }) => {
    const { schema } = known(service);
    if (options.release) {
      const released = await releaseParked(pool, schema, typeof options.release === 'string' ? { stream: options.release } : {});
      print(`${released} asked to be released; the running service takes them up`);
      return 0;
    }
    const parked = await listParked(pool, schema);
    for (const p of parked) print(`${p.processor} ${p.stream} revision ${p.revision}: ${p.error}`);
    print(`${parked.length} parked`);
    return parked.length > 0 ? 1 : 0;
  }));

program.command('audit').argument('<check>', '`check`').description('walk the whole record: revisions without gaps, hash chains whole, every event as its schema says').option('--json')
  .action((what: string, options: { json?: boolean }) => {
    if (what !== 'check') throw new Error('gridcase audit knows: check');
    return withDatabase(({ store }) => auditCheck({ store, json: options.json, print, densePositions: true, onProgress: ({ position, head }) => process.stderr.write(`checked up to position ${position} of ${head}\n`) }));
  });

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : (error as Error).message}\n`);
  process.exit(2);
});
