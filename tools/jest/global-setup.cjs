'use strict';
const { mkdtempSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { openKafkaRun } = require('./kafka-run.cjs');
const { isAbandoned, startPostgres, stopAbandonedPostgres } = require('../../libs/platform/src/embedded-postgres/index.ts');

const PREFIX = 'gridcase-test-pg-';

/** Brokers of Kafka on demand (kafka-run.cjs), and one PostgreSQL for the whole run: the caller's (`DATABASE_URL`, a role that may create databases), or a scratch one of our own. */
module.exports = async () => {
  globalThis.gridcaseTestKafkaDir = await openKafkaRun();
  if (process.env.DATABASE_URL) {
    process.env.GRIDCASE_TEST_PG = process.env.DATABASE_URL;
    return;
  }
  await sweepAbandoned();
  const dataDir = mkdtempSync(join(tmpdir(), PREFIX));
  const server = await startPostgres({
    dataDir,
    // Nothing here outlives the run: durability is tested with servers of those tests' own.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300', shared_buffers: '128MB' },
  });
  process.env.GRIDCASE_TEST_PG = server.url;
  globalThis.gridcaseTestPostgres = { server, dataDir };
};

/** Servers of runs that were killed. */
async function sweepAbandoned() {
  for (const name of readdirSync(tmpdir())) {
    const dataDir = join(tmpdir(), name);
    if (!name.startsWith(PREFIX) || !isAbandoned(dataDir)) continue;
    await stopAbandonedPostgres(dataDir).catch(() => undefined); // a run beside ours may be sweeping it too
    rmSync(dataDir, { recursive: true, force: true });
  }
}
