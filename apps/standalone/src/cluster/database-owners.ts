import { services, type Service } from '@gridcase/events';

/** One database each, and nobody reads another's. */
export type DatabaseOwner = Service | 'relay' | 'event-store';
export type Databases = Readonly<Record<DatabaseOwner, string>>;
export const databaseOwners: readonly DatabaseOwner[] = [...services, 'relay', 'event-store'];

/** `sla-monitor` → `SLA_MONITOR`: how names begin that belong to one service. */
export const variablePrefix = (name: string): string => name.toUpperCase().replaceAll('-', '_');
