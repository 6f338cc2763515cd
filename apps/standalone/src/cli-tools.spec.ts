import { clusterTools } from './cli-tools';

const record = { EVENT_STORE_DATABASE_URL: 'postgres://db/record' };

it('is about a cluster when the environment says where its record is', () => {
  expect(clusterTools({ DATABASE_URL: 'postgres://db/gridcase' })).toBeUndefined();
  expect(clusterTools({ ...record, DATABASE_URL: 'postgres://db/dispatch' })).toMatchObject({ store: { kind: 'postgresql' }, databases: { dispatch: 'postgres://db/dispatch' } });
});

it('each service has its database; DATABASE_URL is of whichever has none named', () => {
  const { databases } = clusterTools({ ...record, DATABASE_URL: 'postgres://db/any', SLA_MONITOR_DATABASE_URL: 'postgres://db/sla' })!;
  expect(databases).toEqual({ registry: 'postgres://db/any', intake: 'postgres://db/any', dispatch: 'postgres://db/any', 'sla-monitor': 'postgres://db/sla', assessment: 'postgres://db/any', relay: 'postgres://db/any' });
  expect(clusterTools({ EVENTSTORE_URL: 'esdb://es:2113?tls=false' })!.databases['dispatch']).toBeUndefined();
});

it('refuses two places for one record', () => {
  expect(() => clusterTools({ ...record, EVENTSTORE_URL: 'esdb://es:2113' })).toThrow('not both');
});
