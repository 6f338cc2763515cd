import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '@gridcase/domain';
import { Metrics, createLogger } from '@gridcase/platform';
import { FakeClock } from '@gridcase/testing';
import { DemoIssuer } from '../auth/demo-issuer';
import { createGateway, type Gateway, type GatewayOptions } from '../create-gateway';
import { FileEvidenceStore } from '../evidence/file-evidence-store';
import { PublicApiClient } from '../grpc/public-api-client';
import { RecordingServices } from './recording-services';

export interface TestGateway extends Gateway {
  services: RecordingServices;
  /** Its caller over gRPC, closed with it. */
  grpc: PublicApiClient;
  clock: FakeClock;
  /** Log lines written so far. */
  log: string[];
  metrics: Metrics;
  /** `Bearer …` of somebody with this role. */
  as(role: Role, more?: { sub?: string; unit?: string; jurisdiction?: string }): string;
}

/** A gateway on free ports with recording services behind it. */
export async function startTestGateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  const directory = mkdtempSync(join(tmpdir(), 'gridcase-gateway-'));
  const services = new RecordingServices();
  const clock = new FakeClock();
  const log: string[] = [];
  const demo = DemoIssuer.open(directory);
  const metrics = new Metrics({ service: 'gateway', processMetrics: false });
  const gateway = await createGateway({
    client: services, clock, auth: { demo }, evidence: new FileEvidenceStore(join(directory, 'evidence')),
    simulation: { now: () => clock.now(), advanceTo: async (to) => clock.set(to) },
    rest: { host: '127.0.0.1', port: 0 }, grpc: { host: '127.0.0.1', port: 0 },
    logger: createLogger({ service: 'gateway', destination: { write: (line) => void log.push(line) } }), metrics, ...options,
  }).catch((error: unknown) => {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  });
  const grpc = new PublicApiClient(gateway.grpcAddress);
  const tokens = new Map<string, string>();
  const as: TestGateway['as'] = (role, more = {}) => {
    const claims = { sub: `${role}-1`, role, jurisdiction: '610524', ...more };
    const key = JSON.stringify(claims);
    if (!tokens.has(key)) tokens.set(key, `Bearer ${demo.issue(claims).token}`);
    return tokens.get(key)!;
  };
  return {
    ...gateway, services, grpc, clock, log, metrics, as,
    close: async () => {
      grpc.close();
      await gateway.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
