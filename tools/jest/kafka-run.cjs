'use strict';
const { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { stopAbandonedKafka } = require('../../libs/platform/src/embedded-kafka/index.ts');
const { isSameProcess, processIdentity } = require('../../libs/platform/src/embedded-postgres/process-identity.ts');

const PREFIX = 'gridcase-test-kafka-';

/** A folder for the brokers of this run. None is started here: the first suite that needs one does (libs/testing/src/kafka-broker.ts). */
exports.openKafkaRun = async () => {
  for (const name of readdirSync(tmpdir())) {
    const dir = join(tmpdir(), name);
    // Of a run that was killed.
    if (name.startsWith(PREFIX) && existsSync(join(dir, 'owner.json')) && !isSameProcess(JSON.parse(readFileSync(join(dir, 'owner.json'), 'utf8')))) await closeKafkaRun(dir).catch(() => undefined);
  }
  const dir = mkdtempSync(join(tmpdir(), PREFIX));
  writeFileSync(join(dir, 'owner.json'), JSON.stringify(processIdentity(process.pid)));
  process.env.GRIDCASE_TEST_KAFKA_DIR = dir;
  return dir;
};

const closeKafkaRun = async (dir) => {
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) await stopAbandonedKafka(join(dir, entry.name));
  const started = join(dir, 'broker.json');
  const container = existsSync(started) ? JSON.parse(readFileSync(started, 'utf8')).container : undefined;
  if (container) {
    const { getContainerRuntimeClient } = require('testcontainers');
    const client = await getContainerRuntimeClient();
    await client.container.dockerode.getContainer(container).remove({ force: true });
  }
  rmSync(dir, { recursive: true, force: true });
};
exports.closeKafkaRun = closeKafkaRun;
