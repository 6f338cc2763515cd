'use strict';

/** Ends the output with one line that people and machines can read: `N passed, N failed, N skipped`. */
module.exports = class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    // A suite that does not even load has no failed test of its own, but it did fail.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    this.line = `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped`;
    // After jest's own summary, which also goes to stderr, and nothing behind it.
    process.once('exit', () => process.stdout.write(`${this.line}\n`));
  }
};
