import type { Pool } from 'pg';

/** Each runs once, in order, in one transaction with its number. Never changed after a release: add the next. */
const migrations: readonly { number: number; name: string; breaking: boolean; sql(schema: string): string }[] = [
  {
    number: 1, name: 'events, append, immutability', breaking: true, sql: (schema) => `
create table ${schema}.events (
  position bigint primary key,
  stream text not null,
  revision integer not null,
  id uuid not null,
  type text not null,
  version smallint not null,
  data json not null,
  metadata json not null,
  hash bytea not null,
  previous_hash bytea not null,
  category text not null,
  unique (stream, revision)
);
create index events_by_category on ${schema}.events (category, position);

create table ${schema}.epoch (id uuid not null default gen_random_uuid(), begun_at timestamptz not null default now());
insert into ${schema}.epoch default values;

create function ${schema}.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the record is append-only: % on %.% refused', tg_op, tg_table_schema, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete or truncate on ${schema}.events for each statement execute function ${schema}.refuse_change();
alter table ${schema}.events enable always trigger append_only;

-- A batch of appends of one process, in order, each with an outcome of its own: one that conflicts does not hurt the others.
-- The lock comes first and is held until the commit is visible, so positions become visible in order and a reader at
-- position n never passes an event that commits later with a smaller number.
create function ${schema}.append(
  p_streams text[], p_expected_revisions integer[], p_expected_hashes bytea[], p_counts integer[],
  p_event_streams text[], p_event_revisions integer[], p_ids uuid[], p_types text[], p_versions integer[], p_data json[], p_metadata json[], p_hashes bytea[], p_previous_hashes bytea[]
) returns table (outcome text, head_revision integer, head_hash bytea, last_position bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_position bigint;
  v_start bigint;
  v_first integer;
  v_last integer := 0;
  v_expected integer;
  v_count integer;
  v_stream text;
  v_ready boolean;
begin
  -- A snapshot taken before the lock would show an old head.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'append needs read committed, not %', current_setting('transaction_isolation') using errcode = 'invalid_transaction_state';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('${schema}.events', 0));
  select coalesce(max(e.position), 0) into v_position from ${schema}.events e;
  v_start := v_position;

  -- The usual batch: every stream once, each at the head it names. Two statements for all of it.
  select bool_and(coalesce(h.revision, -1) = a.expected and (h.revision is null or h.hash = a.expected_hash)) and count(distinct a.stream) = count(*) into v_ready
  from unnest(p_streams, p_expected_revisions, p_expected_hashes) as a (stream, expected, expected_hash)
    left join lateral (select e.revision, e.hash from ${schema}.events e where e.stream = a.stream order by e.revision desc limit 1) h on true;
  if v_ready then
    insert into ${schema}.events
    select v_start + n.ordinality, n.stream, n.revision, n.id, n.type, n.version, n.data, n.metadata, n.hash, n.previous_hash, split_part(n.stream, '-', 1)
    from unnest(p_event_streams, p_event_revisions, p_ids, p_types, p_versions, p_data, p_metadata, p_hashes, p_previous_hashes)
      with ordinality as n (stream, revision, id, type, version, data, metadata, hash, previous_hash, ordinality);
    return query
      select 'appended'::text, a.expected + a.count, p_hashes[a.last], v_start + a.last
      from (select u.expected, u.count, u.ordinality, sum(u.count) over (order by u.ordinality)::integer as last
            from unnest(p_expected_revisions, p_counts) with ordinality as u (expected, count, ordinality)) a
      order by a.ordinality;
    perform pg_notify('${schema}_appended', (v_start + cardinality(p_ids))::text);
    return;
  end if;

  for i in 1 .. cardinality(p_streams) loop
    v_stream := p_streams[i];
    v_expected := p_expected_revisions[i];
    v_count := p_counts[i];
    v_first := v_last + 1;
    v_last := v_last + v_count;
    select e.revision, e.hash into head_revision, head_hash from ${schema}.events e where e.stream = v_stream order by e.revision desc limit 1;
    if coalesce(head_revision, -1) = v_expected and (head_revision is null or head_hash = p_expected_hashes[i]) then
      insert into ${schema}.events
      select v_position + n.ordinality, v_stream, v_expected + n.ordinality, n.id, n.type, n.version, n.data, n.metadata, n.hash, n.previous_hash, split_part(v_stream, '-', 1)
      from unnest(p_ids[v_first:v_last], p_types[v_first:v_last], p_versions[v_first:v_last], p_data[v_first:v_last], p_metadata[v_first:v_last], p_hashes[v_first:v_last], p_previous_hashes[v_first:v_last])
        with ordinality as n (id, type, version, data, metadata, hash, previous_hash, ordinality);
      v_position := v_position + v_count;
      outcome := 'appended';
      head_revision := v_expected + v_count;
      head_hash := p_hashes[v_last];
      last_position := v_position;
    elsif head_revision >= v_expected + v_count
      and (select bool_and(e.id = p_ids[v_first + e.revision - v_expected - 1] and (e.revision > v_expected + 1 or e.previous_hash = p_expected_hashes[i]))
           from ${schema}.events e where e.stream = v_stream and e.revision > v_expected and e.revision <= v_expected + v_count) then
      outcome := 'repeated';
      select e.revision, e.hash, e.position into head_revision, head_hash, last_position from ${schema}.events e where e.stream = v_stream and e.revision = v_expected + v_count;
    else
      outcome := 'conflict';
      last_position := null;
    end if;
    return next;
  end loop;
  if v_position > v_start then perform pg_notify('${schema}_appended', v_position::text); end if;
end $$;
revoke all on ${schema}.events, ${schema}.epoch from public;
revoke all on function ${schema}.append from public;

-- After a restore from a backup: makes every consumer notice that its checkpoints belong to another history.
create function ${schema}.renew_epoch() returns uuid language sql as $$ update ${schema}.epoch set id = gen_random_uuid(), begun_at = now() returning id $$;
revoke all on function ${schema}.renew_epoch from public;
`,
  },
];

/** An installed schema is newer than this program and not readable by it. */
export class SchemaTooNew extends Error {
  constructor(schema: string, installed: number) { super(`event store schema ${schema} is at migration ${installed}, newer than this program (${migrations.length})`); this.name = 'SchemaTooNew'; }
}

const NAME = /^[a-z_][a-z0-9_]{0,39}$/;

/** Brings the schema up to date; safe to call by many processes at once. @throws SchemaTooNew */
export async function migrateEventStore(pool: Pool, schema: string): Promise<void> {
  if (!NAME.test(schema)) throw new RangeError(`not a schema name: ${schema}`);
  const client = await pool.connect();
  let failed = true;
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`${schema}.migrations`]);
    await client.query(`create schema if not exists ${schema}`);
    await client.query(`create table if not exists ${schema}.migrations (number integer primary key, name text not null, breaking boolean not null, applied_at timestamptz not null default now())`);
    const { rows } = await client.query<{ number: number; breaking: boolean }>(`select number, breaking from ${schema}.migrations`);
    const tooNew = rows.find((row) => row.number > migrations.length && row.breaking);
    if (tooNew) throw new SchemaTooNew(schema, tooNew.number);
    const applied = new Set(rows.map((row) => row.number));
    for (const migration of migrations.filter(({ number }) => !applied.has(number))) {
      await client.query(migration.sql(schema));
      await client.query(`insert into ${schema}.migrations (number, name, breaking) values ($1, $2, $3)`, [migration.number, migration.name, migration.breaking]);
    }
    await client.query('commit');
    failed = false;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release(failed);
  }
}

/** What a writing process needs and no more: it can neither insert beside the append function nor change anything. */
export async function grantAppender(pool: Pool, schema: string, role: string): Promise<void> {
  if (!NAME.test(schema) || !NAME.test(role)) throw new RangeError(`not a name: ${schema}, ${role}`);
  await pool.query(`grant usage on schema ${schema} to ${role}; grant select on ${schema}.events, ${schema}.epoch to ${role}; grant execute on function ${schema}.append to ${role}`);
}

/**
 * After a restore from a backup: from then on the store is another one for whoever kept a checkpoint.
 * @returns the new epoch
 */
export async function renewPostgresEpoch(pool: Pool, schema = 'event_store'): Promise<string> {
  if (!NAME.test(schema)) throw new RangeError(`not a schema name: ${schema}`);
  return (await pool.query<{ id: string }>(`select ${schema}.renew_epoch() as id`)).rows[0]!.id;
}
