/** The server holds something the port never writes: a stream was deleted, truncated or written by another program. Never retried. @rule X18 */
export class RecordDamaged extends Error {
  constructor(readonly stream: string, detail: string) { super(`stream ${stream}: ${detail}`); this.name = 'RecordDamaged'; }
}
