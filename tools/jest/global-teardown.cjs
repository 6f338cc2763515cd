'use strict';
const { rmSync } = require('node:fs');
const { closeKafkaRun } = require('./kafka-run.cjs');

module.exports = async () => {
  if (globalThis.gridcaseTestKafkaDir) await closeKafkaRun(globalThis.gridcaseTestKafkaDir);
  const running = globalThis.gridcaseTestPostgres;
  if (!running) return;
  await running.server.stop();
  rmSync(running.dataDir, { recursive: true, force: true });
};
