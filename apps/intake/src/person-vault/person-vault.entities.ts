import type { Migration } from '@gridcase/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export const KEY_BYTES = 32;

/** The key of one person: who destroys the row erases the person. @rule Z13 */
@Entity('person_key')
export class PersonKey {
  @PrimaryColumn('text', { name: 'person_id' }) personId!: string;
  @Column('bytea') key!: Buffer;
}

/** One row: what persons are recognised by. */
@Entity('vault_secret')
export class VaultSecret {
  @PrimaryColumn('boolean') one!: true;
  @Column('bytea') secret!: Buffer;
}

export const personVaultMigrations: readonly Migration[] = [{
  version: 1,
  name: 'person vault',
  up: `
    create table person_key (person_id text primary key, key bytea not null check (octet_length(key) = ${KEY_BYTES}));
    create table vault_secret (one boolean primary key default true check (one), secret bytea not null check (octet_length(secret) >= ${KEY_BYTES}));`,
}];
