import { argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Randomness } from '#platform/system/randomness.js';
import type { Semaphore } from '#platform/threads/semaphore.js';
import { normalisedPassword } from '#pure/password/normalised-password.js';
import { type Argon2Cost, formatPhc, parsePhc, type PhcHash } from './domain/phc.js';

/** OWASP Password Storage Cheat Sheet, argon2id: m=19456 KiB, t=2, p=1. About 50 ms and 19 MiB each. */
export const PASSWORD_COST: Argon2Cost = Object.freeze({ memoryKib: 19_456, passes: 2, parallelism: 1 });
/**
 * What a composition may provide in its place. The product never does: a specification that makes a dozen people to see
 * what becomes of them spends its time on their passwords otherwise. What is said of a hash is specified at its own cost.
 */
export const OTHER_PASSWORD_COST = Symbol('another Argon2Cost');
/** RFC 9106 §3.1 recommends 16 bytes of salt; a 256-bit tag. */
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** Runs the work, and may look at the time it takes. */
export type Measured = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Passwords at rest: argon2id in PHC strings. Runs on libuv's threads, so the event loop goes on; as many at once as
 * the semaphore allows, since each takes memory and a core. Beyond its queue a call is refused with 503 and
 * `Retry-After`, before any work: a flood of logins must not push every login over its deadline.
 *
 * Passwords are compared as Unicode NFKC, so that the same keys pressed on two systems are the same password
 * (NIST SP 800-63B-4 §3.1.1.2).
 */
export class PasswordHasher {
  readonly #semaphore: Semaphore;
  readonly #randomness: Randomness;
  readonly #cost: Argon2Cost;
  readonly #measured: Measured;
  /** A hash of nothing: random salt and tag, at the live cost. No password was ever behind it. */
  readonly #nobody: PhcHash;

  constructor(semaphore: Semaphore, randomness: Randomness, cost: Argon2Cost = PASSWORD_COST, measured: Measured = (work) => work()) {
    this.#semaphore = semaphore;
    this.#randomness = randomness;
    this.#cost = cost;
    this.#measured = measured;
    this.#nobody = { ...cost, salt: randomness.bytes(SALT_BYTES), tag: randomness.bytes(TAG_BYTES) };
  }

  /** A PHC string with a salt of its own. */
  async hash(password: string): Promise<string> {
    const salt = this.#randomness.bytes(SALT_BYTES);
    const tag = await this.#derive(password, { ...this.#cost, salt }, TAG_BYTES);
    return formatPhc({ ...this.#cost, salt, tag });
  }

  /** At the cost that the stored string names. A string that is no hash of ours costs the same and is false. */
  async verify(password: string, phc: string): Promise<boolean> {
    const stored = parsePhc(phc);
    if (stored === null) return this.verifyAgainstNothing(password);
    return this.#matches(password, stored);
  }

  /** For a user who does not exist: the same work, at the same cost, and always false. */
  async verifyAgainstNothing(password: string): Promise<false> {
    await this.#matches(password, this.#nobody);
    return false;
  }

  /** Whether a stored string was made at another cost than today's; then hash anew at the next right password. */
  needsRehash(phc: string): boolean {
    const stored = parsePhc(phc);
    if (stored === null) return true;
    const { memoryKib, passes, parallelism } = this.#cost;
    const sameCost = stored.memoryKib === memoryKib && stored.passes === passes && stored.parallelism === parallelism;
    return !sameCost || stored.salt.length !== SALT_BYTES || stored.tag.length !== TAG_BYTES;
  }

  async #matches(password: string, stored: PhcHash): Promise<boolean> {
    const tag = await this.#derive(password, stored, stored.tag.length);
    return timingSafeEqual(tag, stored.tag);
  }

  async #derive(password: string, input: Argon2Cost & Pick<PhcHash, 'salt'>, tagBytes: number): Promise<Buffer> {
    return this.#semaphore.run(() => this.#measured(() => argon2id(Buffer.from(normalisedPassword(password), 'utf8'), input, tagBytes)));
  }
}

/** The buffer is zeroed when this settles; the string that it came from is beyond reach. */
async function argon2id(message: Buffer, { memoryKib, passes, parallelism, salt }: Argon2Cost & Pick<PhcHash, 'salt'>, tagLength: number): Promise<Buffer> {
  try {
    return await promisify(argon2)('argon2id', { message, nonce: salt, memory: memoryKib, passes, parallelism, tagLength });
  } finally {
    message.fill(0);
  }
}
