import { Health, Metrics, Shutdown, type Logger } from '@gridcase/platform';
import type { ProcessConfig } from './process-config';
/** What whatever runs in a process is given. What it starts it hands to `shutdown`. */
export interface ProcessHost {
    health: Health;
    metrics: Metrics;
    logger: Logger;
    shutdown: Shutdown;
}
/**
 * The life of one process: configuration (every problem at once, exit 2), health and metrics from the first moment, ready only when
 * `start` has resolved; SIGTERM: not ready first, then no new work, work in hand ends, connections close, exit 0.
 */
export declare function hostProcess<Config extends ProcessConfig>(name: string, readConfig: () => Config, start: (config: Config, host: ProcessHost) => Promise<void>): Promise<void>;
