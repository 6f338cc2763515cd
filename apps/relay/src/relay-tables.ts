import type { Migration } from '@gridcase/platform';

/** Who relays, and how far. */
export const relayTables: Migration[] = [{
  version: 1,
  name: 'lease and checkpoint',
  up: `
    create table relay_lease (name text primary key, holder text not null, epoch bigint not null, expires_at timestamptz not null);
    -- fence: epoch of the lease of whoever may move the position. Only ever grows.
    create table relay_checkpoint (name text primary key, position bigint not null, store_epoch text not null, fence bigint not null)`,
}];
