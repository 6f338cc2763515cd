/**
 * PostgreSQL arrays in the binary wire format. As text every quote of a JSON document is escaped by the client and unescaped by
 * the server; here the bytes go as they are. Layout: dimensions, has-null, element oid, length, lower bound, then (length, bytes)*.
 */
const OID = { bytea: 17, int4: 23, text: 25, json: 114, uuid: 2950 } as const;
const HEADER_BYTES = 20;
const HAS_NULL_AT = 4;
const NULL_SIZE = -1;

function writeHeader(buffer: Buffer, oid: number, length: number): void {
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(0, HAS_NULL_AT);
  buffer.writeInt32BE(oid, 8);
  if (length === 0) return;
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
}

function textArray(oid: number, values: readonly (string | null)[]): Buffer {
  const sizes = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)));
  const buffer = Buffer.allocUnsafe(values.length === 0 ? 12 : HEADER_BYTES + 4 * values.length + sizes.reduce((sum, size) => sum + size, 0));
  writeHeader(buffer, oid, values.length);
  let at = HEADER_BYTES;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === null) {
      at = buffer.writeInt32BE(NULL_SIZE, at);
      buffer.writeInt32BE(1, HAS_NULL_AT);
      continue;
    }
    at = buffer.writeInt32BE(sizes[i]!, at);
    at += buffer.write(value, at);
  }
  return buffer;
}

function hexArray(oid: number, values: readonly string[], size: number): Buffer {
  const buffer = Buffer.allocUnsafe(values.length === 0 ? 12 : HEADER_BYTES + (4 + size) * values.length);
  writeHeader(buffer, oid, values.length);
  let at = HEADER_BYTES;
  for (const value of values) {
    at = buffer.writeInt32BE(size, at);
    at += buffer.write(value, at, 'hex');
  }
  return buffer;
}

export const textValues = (values: readonly (string | null)[]): Buffer => textArray(OID.text, values);
export const jsonValues = (texts: readonly string[]): Buffer => textArray(OID.json, texts);
export const uuidValues = (ids: readonly string[]): Buffer => hexArray(OID.uuid, ids.map((id) => id.replaceAll('-', '')), 16);
/** SHA-256 values given in hex. */
export const hashValues = (hashes: readonly string[]): Buffer => hexArray(OID.bytea, hashes, 32);

export function intValues(values: readonly number[]): Buffer {
  const buffer = Buffer.allocUnsafe(values.length === 0 ? 12 : HEADER_BYTES + 8 * values.length);
  writeHeader(buffer, OID.int4, values.length);
  values.forEach((value, i) => {
    buffer.writeInt32BE(4, HEADER_BYTES + 8 * i);
    buffer.writeInt32BE(value, HEADER_BYTES + 8 * i + 4);
  });
  return buffer;
}
