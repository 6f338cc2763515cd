'use strict';
const Sequencer = require('@jest/test-sequencer').default;

const RANKS = [/\.prop\.spec\.ts$/, /\.contract\.spec\.ts$/, /\.int\.spec\.ts$/, /\.e2e\.spec\.ts$/];
const rank = (path) => {
  if (/[\\/]tools[\\/]/.test(path)) return RANKS.length;
  return RANKS.findIndex((pattern) => pattern.test(path)) + 1;
};

/** Pure specs first, then the ones that need a database, so that a broken rule shows within seconds; within a kind, what failed last time first. */
module.exports = class FastFirstSequencer extends Sequencer {
  sort(tests) {
    const order = new Map(super.sort(tests).map((test, index) => [test, index]));
    return [...order.keys()].sort((a, b) => rank(a.path) - rank(b.path) || order.get(a) - order.get(b));
  }
};
