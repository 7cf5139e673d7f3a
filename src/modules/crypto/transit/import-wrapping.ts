import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Clock } from '#platform/system/clock.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import type { TransitWrappingKey, TransitWrappingKeyRepository } from '../persistence/transit-wrapping-key.repository.js';
import type { Sealer } from '../sealer.js';
import type { DeedRecord } from './deed-record.js';
import { type HeavyWork, HOUSE } from './heavy-work.js';

const generate = promisify(generateKeyPair);

/** A purpose of the house's keyring: the key belongs to no project. */
export const IMPORT_SEALER = 'transit-wrapping-key';
const ASSOCIATED_DATA = 'transit-wrapping-key|v1';
const MODULUS_BITS = 4096;

const IMPORTER = systemPrincipal('key-import');

/**
 * The RSA key under which clients wrap what they import. Made when it is first wanted, once for the installation: of two
 * replicas that make one, the second finds the first one's row and drops its own.
 */
export class ImportWrapping {
  #making: Promise<TransitWrappingKey> | null = null;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: TransitWrappingKeyRepository,
    private readonly sealer: Pick<Sealer, 'seal' | 'open'>,
    private readonly clock: Clock,
    private readonly work: HeavyWork,
  ) {}

  /** SubjectPublicKeyInfo DER. `record` is called by who made it. */
  async publicKey(principal: Principal, record: DeedRecord<null>): Promise<Buffer> {
    const known = await this.#find();
    if (known !== null) return known.publicKey;
    this.#making ??= this.#make(principal, record).finally(() => (this.#making = null));
    return (await this.#making).publicKey;
  }

  /** Not kept: an import is rare, and parsing the key takes two milliseconds. Null where nobody has asked for its public key yet. */
  async privateKey(): Promise<KeyObject | null> {
    const row = await this.#find();
    if (row === null) return null;
    const der = this.sealer.open(row.wrappedSecret, ASSOCIATED_DATA);
    if (der === null) throw new Error('the wrapping key was not written under the root key of this installation');
    try {
      return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    } finally {
      der.fill(0);
    }
  }

  async #find(): Promise<TransitWrappingKey | null> {
    return this.uow.read(IMPORTER, (reading) => this.rows.find(reading));
  }

  /** A second of a thread, outside of any transaction. */
  async #make(principal: Principal, record: DeedRecord<null>): Promise<TransitWrappingKey> {
    const pair = await this.work.generate(HOUSE, 'rsa-4096', () => generate('rsa', { modulusLength: MODULUS_BITS, publicExponent: 0x10001 }));
    const der = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
    try {
      const made = { publicKey: pair.publicKey.export({ format: 'der', type: 'spki' }), wrappedSecret: this.sealer.seal(der, ASSOCIATED_DATA), createdAt: this.clock.now() };
      return await this.uow.run(principal, async (tx) => {
        if (!(await this.rows.insert(tx, made))) return (await this.rows.find(tx))!;
        await record(tx, null);
        return made;
      });
    } finally {
      der.fill(0);
    }
  }
}
