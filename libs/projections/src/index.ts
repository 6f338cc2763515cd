export * from './port';
export { StoreReplaced, adoptStore, checkStore, defaultProcessor, forgetReactor, installProjections, reactorSpan, type Installed, type ReactorSpan } from './bookkeeping';
export { createLiveView } from './live-view';
export { listParked, releaseParked, type ParkedStream } from './parked';
export { parkedIdOf, runProjections, type ProjectionRun, type RunProjectionsOptions, type RunnerEvents } from './projection-runner';
export { installReactor, runReactor, type ReactorRun, type RunReactorOptions } from './reactor-runner';
export { installStanding, noteStanding } from './standing';
export { dropKept, rebuild, rollback, type Difference, type RebuildOptions, type RebuildReport } from './rebuild';
