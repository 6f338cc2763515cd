/** Bytes needed to tell the type of a file. */
export const MAGIC_BYTES = 16;

const ascii = (bytes: Buffer, from: number, to: number): string => bytes.toString('latin1', from, to);
const isoBrands: Readonly<Record<string, string>> = { 'qt  ': 'video/quicktime', 'M4A ': 'audio/mp4', 'M4B ': 'audio/mp4', heic: 'image/heic', heix: 'image/heic', mif1: 'image/heif', msf1: 'image/heif', avif: 'image/avif' };
const isoVideo = /^(isom|iso\d|mp4\d|avc1|M4V |MSNV|dash|3g[pg]\w|f4v |mmp4)$/;

/** The type of a photo, video, recording or PDF by its first bytes, never by its name or by what the sender says. */
export function mediaTypeOf(head: Buffer): string | undefined {
  if (head.length >= 3 && head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg';
  if (ascii(head, 0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png';
  if (/^GIF8[79]a/.test(ascii(head, 0, 6))) return 'image/gif';
  if (ascii(head, 0, 5) === '%PDF-') return 'application/pdf';
  if (ascii(head, 0, 4) === 'RIFF') return ({ 'WEBP': 'image/webp', 'WAVE': 'audio/wav', 'AVI ': 'video/x-msvideo' } as Record<string, string>)[ascii(head, 8, 12)];
  if (ascii(head, 4, 8) === 'ftyp') {
    const brand = ascii(head, 8, 12);
    return isoBrands[brand] ?? (isoVideo.test(brand) ? 'video/mp4' : undefined);
  }
  if (head.length >= 4 && head.readUInt32BE(0) === 0x1a45dfa3) return 'video/webm';
  if (ascii(head, 0, 5) === '#!AMR') return 'audio/amr';
  if (ascii(head, 0, 4) === 'OggS') return 'audio/ogg';
  if (ascii(head, 0, 3) === 'ID3' || (head[0] === 0xff && [0xfb, 0xf3, 0xf2].includes(head[1]!))) return 'audio/mpeg';
  return undefined;
}
