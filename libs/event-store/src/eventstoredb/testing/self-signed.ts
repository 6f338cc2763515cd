import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A certificate for `localhost` that signs itself, so that tests of TLS need neither a tool nor a key in the repository. */
export function selfSigned(): { key: Buffer; cert: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = certificateBody(publicKey);
  const der = sequence(body, ECDSA_WITH_SHA256, bitString(sign('sha256', body, privateKey)));
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  return { key: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })), cert: Buffer.from(pem) };
}

// DER (X.690), as much as a certificate (RFC 5280) needs.
const der = (tag: number, content: Buffer): Buffer => {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: Buffer[]) => der(0x30, Buffer.concat(parts));
const bitString = (content: Buffer) => der(0x03, Buffer.concat([Buffer.from([0]), content]));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const utcTime = (text: string) => der(0x17, Buffer.from(text));
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));

function certificateBody(publicKey: KeyObject): Buffer {
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('localhost')))));
  const altNames = sequence(oid('551d11'), der(0x04, sequence(der(0x82, Buffer.from('localhost')))));
  const isAuthority = sequence(oid('551d13'), der(0x04, sequence(der(0x01, Buffer.from([255])))));
  return sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), der(0x02, Buffer.from([1])), ECDSA_WITH_SHA256, name,
    sequence(utcTime('200101000000Z'), utcTime('491231235959Z')), name, publicKey.export({ type: 'spki', format: 'der' }), der(0xa3, sequence(altNames, isAuthority)),
  );
}
