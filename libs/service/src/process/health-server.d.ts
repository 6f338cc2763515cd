import type { Health, Metrics } from '@gridcase/platform';
export interface HealthServer {
    port: number;
    close(): Promise<void>;
}
/** `GET /health/live`, `/health/ready` and `/metrics`, for whoever watches the process: not the port its callers use. */
export declare function startHealthServer({ host, port }: {
    host: string;
    port: number;
}, health: Health, metrics: Metrics): Promise<HealthServer>;
