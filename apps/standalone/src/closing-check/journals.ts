/** What others noted while they worked with the platform: JSON lines. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** A command a caller sent with an idempotency key, and what it was told: this revision of this stream is on record. `person`: as whom it was sent. */
const acknowledged = z.object({ key: z.string().min(1), operation: z.string(), stream: z.string().min(1), revision: z.number().int().nonnegative(), person: z.string().min(1).optional() });
export type Acknowledged = z.infer<typeof acknowledged>;

/** One request as a receiver of notices counted it: `webhook-id`, what it answered, SHA-256 (hex) of the body. */
const received = z.object({ id: z.string().min(1), status: z.number().int(), sha256: z.string().regex(/^[0-9a-f]{64}$/).optional() });
export type Received = z.infer<typeof received>;

export const readAcknowledged = (path: string): Promise<Acknowledged[]> => readLines(path, acknowledged);
export const readReceived = (path: string): Promise<Received[]> => readLines(path, received);

/** @throws naming the line that is not as it must be */
async function readLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const list: T[] = [];
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line += 1;
    if (text.trim()) list.push(parse(text, schema, `${path} line ${line}`));
  }
  return list;
}

function parse<T>(text: string, schema: z.ZodType<T>, where: string): T {
  let value: unknown;
  try { value = JSON.parse(text); } catch { throw new Error(`${where}: not JSON`); }
  const read = schema.safeParse(value);
  if (!read.success) throw new Error(`${where}: ${read.error.issues.map(({ path, message }) => `${path.join('.') || 'all of it'}: ${message}`).join('; ')}`);
  return read.data;
}
