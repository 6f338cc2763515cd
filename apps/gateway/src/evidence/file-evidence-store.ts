import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { randomUuid } from '@gridcase/platform';
import { refuse } from '../problems/problem';
import type { EvidenceStore, StoredEvidence } from './evidence-store';
import { MAGIC_BYTES, mediaTypeOf } from './media-type';

/** `ab/cd/<sha256>` under one folder. A file appears under its name only when it is whole and on disk. */
export class FileEvidenceStore implements EvidenceStore {
  constructor(private readonly directory: string) {}

  async put(content: Readable, bytesMax: number): Promise<StoredEvidence> {
    const incoming = join(this.directory, 'incoming');
    await mkdir(incoming, { recursive: true });
    const temporary = join(incoming, randomUuid());
    try {
      const stored = await receive(content, temporary, bytesMax);
      const path = this.pathOf(stored.sha256);
      await mkdir(dirname(path), { recursive: true });
      await rename(temporary, path);
      return stored;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async open(sha256: string): Promise<(StoredEvidence & { content: Readable }) | undefined> {
    if (!/^[0-9a-f]{64}$/.test(sha256)) return undefined;
    const path = this.pathOf(sha256);
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => { if (error.code === 'ENOENT') return undefined; throw error; });
    if (!found) return undefined;
    return { sha256, bytes: found.size, mediaType: mediaTypeOf(await headOf(path)) ?? 'application/octet-stream', content: createReadStream(path) };
  }

  private pathOf(sha256: string): string {
    return join(this.directory, sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  }
}

async function receive(content: Readable, path: string, bytesMax: number): Promise<StoredEvidence> {
  const file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  let head = Buffer.alloc(0);
  let mediaType: string | undefined;
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw refuse('EVIDENCE_TOO_LARGE', { limit: bytesMax });
      if (head.length < MAGIC_BYTES) {
        head = Buffer.concat([head, chunk.subarray(0, MAGIC_BYTES - head.length)]);
        // Told early, so that 50 MB of something else are not read first.
        if (head.length >= MAGIC_BYTES && !(mediaType = mediaTypeOf(head))) throw refuse('EVIDENCE_TYPE_UNKNOWN');
      }
      hash.update(chunk);
      await file.writev([chunk]);
    }
    if (bytes === 0) throw refuse('EVIDENCE_EMPTY');
    mediaType ??= mediaTypeOf(head);
    if (!mediaType) throw refuse('EVIDENCE_TYPE_UNKNOWN');
    await file.sync();
    return { sha256: hash.digest('hex'), mediaType, bytes };
  } finally {
    await file.close();
  }
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
