'use strict';
const { rmSync } = require('node:fs');

module.exports = async () => {
  const running = globalThis.gridcaseTestPostgres;
  if (!running) return;
  await running.server.stop();
  rmSync(running.dataDir, { recursive: true, force: true });
};
