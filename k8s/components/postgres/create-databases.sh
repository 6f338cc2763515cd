#!/bin/sh
# Run once by the postgres image on an empty data folder: a database and a role for every service, none of which can open another's.
# DATABASE_PASSWORD is that of every role; in production each has its own.
set -eu
: "${DATABASE_PASSWORD:?}"
for name in registry intake dispatch sla_monitor assessment audit relay event_store; do
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --set name="$name" --set password="$DATABASE_PASSWORD" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke all on database :"name" from public;
SQL
done
