import type { Service } from '@gridcase/events';
import type { StreamProjection } from '@gridcase/projections';
import { schemaOf, type ServiceTables } from '@gridcase/service';
import { assessmentTables } from '@gridcase-apps/assessment';
import { dispatchTables } from '@gridcase-apps/dispatch';
import { intakeTables } from '@gridcase-apps/intake';
import { registryTables } from '@gridcase-apps/registry';
import { relayTables } from '@gridcase-apps/relay';
import { slaMonitorTables } from '@gridcase-apps/sla-monitor';
import type { DatabaseOf } from './cli-tools';

/** Whoever keeps tables of its own. */
export const ownedTables: Partial<Record<DatabaseOf, ServiceTables>> = { registry: registryTables, intake: intakeTables, dispatch: dispatchTables, 'sla-monitor': slaMonitorTables, assessment: assessmentTables, relay: { migrations: relayTables } };

/** A service that keeps read models, and parks what it cannot process. */
export interface Reader { service: Service; schema: string; projections: readonly StreamProjection[] }
export const readers: readonly Reader[] = (Object.keys(ownedTables) as DatabaseOf[])
  .flatMap((service) => (service !== 'relay' && ownedTables[service]!.projections ? [{ service, schema: schemaOf(service), projections: ownedTables[service]!.projections! }] : []));
