declare module 'kafkajs/src/protocol/decoder' {
  export default class Decoder {
    constructor(buffer: Buffer);
    readonly buffer: Buffer;
    offset: number;
    readVarInt(): number;
    readVarIntArray(): { reduce(): unknown };
  }
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0' {
  export default function encode(record: { key: string; value: string; headers: object; offsetDelta: number; timestampDelta: number }): { buffer: Buffer };
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0/decoder' {
  import type Decoder from 'kafkajs/src/protocol/decoder';
  export default function decode(decoder: Decoder, batch: { firstOffset: string; firstTimestamp: string }): { offset: string; key: Buffer; headers: Record<string, Buffer | string> };
}
