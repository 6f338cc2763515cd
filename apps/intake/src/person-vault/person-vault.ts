import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { KEY_BYTES, PersonKey, VaultSecret } from './person-vault.entities';

export interface Reporter { name: string; telephone: string; wechatId?: string }
export interface SealedReporter { personId: string; sealed: string }

const IV_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 1;

/** Given by the composition root; absent = drawn once and kept in the service's schema. */
export const VAULT_SECRET = Symbol('VAULT_SECRET');

/**
 * Personal data of reporters, sealed with a key per person (AES-256-GCM): the record holds only the ciphertext, and who destroys a key
 * erases the person. A person is recognised by an HMAC of the telephone number, never by the number.
 * @rule Z13 X18 N3
 */
@Injectable()
export class PersonVault {
  private known: Promise<Buffer> | undefined;

  constructor(
    @InjectRepository(PersonKey) private readonly keys: Repository<PersonKey>, @InjectRepository(VaultSecret) private readonly secrets: Repository<VaultSecret>,
    @Inject(VAULT_SECRET) private readonly given: Buffer | undefined,
  ) {}

  async seal(reporter: Reporter): Promise<SealedReporter> {
    const telephone = normalTelephone(reporter.telephone);
    const personId = await this.personId(telephone);
    const key = await this.keyOf(personId, true);
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key!, iv);
    // Bound to the person: a ciphertext moved to somebody else's id does not open.
    cipher.setAAD(Buffer.from(personId));
    const text = Buffer.concat([cipher.update(JSON.stringify({ ...reporter, telephone }), 'utf8'), cipher.final()]);
    return { personId, sealed: Buffer.concat([Buffer.of(VERSION), iv, cipher.getAuthTag(), text]).toString('base64') };
  }

  /** `undefined` when the key was destroyed. @throws when the ciphertext was altered. */
  async open({ personId, sealed }: SealedReporter): Promise<Reporter | undefined> {
    const key = await this.keyOf(personId, false);
    if (!key) return undefined;
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes[0] !== VERSION) throw new Error('unknown form of sealed data');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + IV_BYTES));
    decipher.setAAD(Buffer.from(personId));
    decipher.setAuthTag(bytes.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES));
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(1 + IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')) as Reporter;
  }

  /**
   * A digest of a body with personal data would let anybody try numbers against it for ever: it goes into the record under the secret.
   */
  async blind(digest: string): Promise<string> {
    return createHmac('sha256', await this.secret()).update(`digest:${digest}`).digest('hex');
  }

  private async personId(telephone: string): Promise<string> {
    return `p-${createHmac('sha256', await this.secret()).update(`telephone:${telephone}`).digest('hex').slice(0, 32)}`;
  }

  private async keyOf(personId: string, make: boolean): Promise<Buffer | undefined> {
    // Of two who make it at once one does, and both read that one.
    if (make) await this.keys.createQueryBuilder().insert().values({ personId, key: randomBytes(KEY_BYTES) }).orIgnore().execute();
    return (await this.keys.findOneBy({ personId }))?.key;
  }

  private secret(): Promise<Buffer> {
    if (this.given) return Promise.resolve(this.given);
    const known = (this.known ??= this.drawnSecret());
    // A database that was away is asked again.
    known.catch(() => (this.known = undefined));
    return known;
  }

  private async drawnSecret(): Promise<Buffer> {
    await this.secrets.createQueryBuilder().insert().values({ one: true, secret: randomBytes(KEY_BYTES) }).orIgnore().execute();
    return (await this.secrets.findOneByOrFail({ one: true })).secret;
  }
}

/** The same number however it is written: `+86 138-0013-8000` → `13800138000`. */
export const normalTelephone = (telephone: string): string => telephone.replace(/[^\d+]/g, '').replace(/^(\+86|0086)/, '').replace(/\+/g, '');
