import { argon2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { HeldPassphrase } from '#platform/config/held-passphrase.js';
import type { Randomness } from '#platform/system/randomness.js';
import type { SealParameters } from '../domain/seal.js';
import type { AutomaticSeal, SealCandidate } from './automatic-seal.js';
import { SEAL_KEY_BYTES, SealKey } from './seal-key.js';
import { SealRefusal } from './seal-refusal.js';

const derive = promisify(argon2);

/**
 * argon2id with 128 MiB and three passes, twice what RFC 9106 §4 recommends where memory is scarce: about half a second
 * of a core, once a start, where a login may only take a tenth of that. It is what a thief of the database pays for one
 * guess.
 */
const COST = { memoryKib: 131_072, passes: 3, parallelism: 1 } as const;
/** RFC 9106 §3.1. */
const SALT_BYTES = 16;
/** What stands in the database is believed up to here: a row that was tampered with must not take all memory. */
const MEMORY_KIB_MAX = 1_048_576;
const PASSES_MAX = 16;

interface Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

/**
 * The seal key from a passphrase, by argon2id; salt and cost in the database. Of replicas that begin at once the salt of
 * one stays, and the others derive anew from it.
 */
export class PassphraseSeal implements AutomaticSeal {
  readonly type = 'passphrase';
  readonly wrongKey = 'The passphrase is not the one that this database was sealed with. Set SEAL_PASSPHRASE, or SEAL_PASSPHRASE_FILE, to the right one.';

  constructor(
    private readonly passphrase: HeldPassphrase,
    private readonly randomness: Randomness,
    private readonly cost: Cost = COST,
  ) {}

  async begin(): Promise<SealCandidate> {
    const parameters = { kdf: 'argon2id', salt: this.randomness.bytes(SALT_BYTES).toString('base64url'), ...this.cost };
    return { parameters, key: await this.open(parameters) };
  }

  async open(parameters: SealParameters): Promise<SealKey> {
    const { kdf, salt, memoryKib, passes, parallelism } = parameters;
    const nonce = Buffer.from(String(salt), 'base64url');
    if (kdf !== 'argon2id' || nonce.length !== SALT_BYTES || !within(memoryKib, MEMORY_KIB_MAX) || !within(passes, PASSES_MAX) || !within(parallelism, 1)) {
      throw new SealRefusal('The parameters of the passphrase in crypto.seal are not ones that were written here. Restore crypto.seal from a backup.');
    }
    const message = this.passphrase.copy();
    try {
      return SealKey.takeOver(await derive('argon2id', { message, nonce, memory: memoryKib, passes, parallelism, tagLength: SEAL_KEY_BYTES }));
    } finally {
      message.fill(0);
    }
  }

  forget(): void {
    this.passphrase.forget();
  }
}

function within(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= max;
}
