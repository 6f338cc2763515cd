declare module 'kafkajs/src/protocol/decoder' {
  export default class Decoder {
    constructor(buffer: Buffer);
    readonly buffer: Buffer;
    offset: number;
    readVarInt(): number;
    readVarIntArray(): { reduce(): unknown };
  }
}
