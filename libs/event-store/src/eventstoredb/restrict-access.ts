import { ANY, jsonEvent } from '@eventstore/db-client';
import { Connection, defaultConnectionLimits } from './connection';

export interface AccessOptions {
  /** With a user of `$admins`. */
  connectionString: string;
  /** Users or groups that may append (and read). */
  writers: readonly string[];
  /** Users or groups that may only read. */
  readers: readonly string[];
}

/**
 * What writing and reading processes need and no more: nobody but administrators deletes a stream or touches its metadata (with which events
 * are hidden), and `$all` is open to readers. Set again as a whole by each call. ACLs are those of 23.10 and 24.10 without a license.
 */
export async function restrictEventStoreDbAccess({ connectionString, writers, readers }: AccessOptions): Promise<void> {
  const connection = new Connection(connectionString, undefined, defaultConnectionLimits);
  const { client, credentials } = connection;
  const everybody = [...new Set([...writers, ...readers])];
  const admins = '$admins';
  const defaults = {
    $userStreamAcl: { $r: everybody, $w: writers, $d: admins, $mr: admins, $mw: admins },
    $systemStreamAcl: { $r: admins, $w: admins, $d: admins, $mr: admins, $mw: admins },
  };
  try {
    await connection.retry(() => connection.append('$settings', jsonEvent({ type: 'update-default-acl', data: defaults }), ANY));
    await connection.retry(() => client.setStreamMetadata('$all', { acl: { readRoles: everybody, writeRoles: [admins], deleteRoles: [admins], metaReadRoles: [admins], metaWriteRoles: [admins] } }, { credentials }));
  } finally {
    await connection.close();
  }
}
