import Decoder from 'kafkajs/src/protocol/decoder';

export type Headers = Readonly<Record<string, string | undefined>>;

/**
 * From now on kafkajs gives headers as texts. Its own decoder copies all headers for each header and makes a Buffer for each name
 * and value: with our twenty that is half of the work of a consumer. Of a name that comes twice the first counts.
 */
export function readHeadersAsTexts(): void {
  const names: string[] = [];
  // Called for nothing but the headers of a record, and only reduced to the object that they become.
  Decoder.prototype.readVarIntArray = function () {
    const headers: Record<string, string | undefined> = {};
    const count = this.readVarInt();
    for (let i = 0; i < count; i++) {
      const bytes = this.readVarInt();
      const name = startsWith(this, bytes, names[i]) ? names[i]! : (names[i] = textAt(this, bytes));
      this.offset += bytes;
      const valueBytes = this.readVarInt();
      if (valueBytes < 0) continue;
      headers[name] ??= textAt(this, valueBytes);
      this.offset += valueBytes;
    }
    return { reduce: () => headers };
  };
}

const textAt = ({ buffer, offset }: Decoder, bytes: number): string => buffer.toString('utf8', offset, offset + bytes);

/** A message has the headers of the one before it, nearly always: to compare a name is cheaper than to make it again. */
function startsWith({ buffer, offset }: Decoder, bytes: number, name: string | undefined): boolean {
  if (name?.length !== bytes) return false;
  for (let i = 0; i < bytes; i++) if (buffer[offset + i] !== name.charCodeAt(i)) return false;
  return true;
}
