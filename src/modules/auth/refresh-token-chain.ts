import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { formatSecret, SECRET_PREFIXES, SECRET_RANDOM_BYTES, secretHash } from './domain/random-secret.js';
import { RefreshTokenRepository, type RefreshTokenRow } from './persistence/refresh-token.repository.js';

const PURPOSE = 'refresh-token';

/**
 * The refresh tokens of a session, one after another. The first is random. Each later one follows from its parent by a
 * keyed hash, so that who asks with the parent a second time can be given the same one, and yet nothing is kept that
 * one could be made from: the database has hashes, the key alone makes none, and only the holder of a token has both
 * ends. Who has stolen the house's key and a parent needs neither, and can sign access tokens themselves.
 */
@Injectable()
export class RefreshTokenChain {
  constructor(
    private readonly rows: RefreshTokenRepository,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async begin(tx: Tx, sessionId: string, epoch: number): Promise<string> {
    return this.insert(tx, this.randomness.bytes(SECRET_RANDOM_BYTES), { sessionId, generation: 1, epoch });
  }

  /** A new one that follows from none; null for a session that is not refreshed. The session is locked. */
  async restart(tx: Tx, sessionId: string, epoch: number): Promise<string | null> {
    const newest = await this.rows.newestGeneration(tx, sessionId);
    return newest === 0 ? null : this.insert(tx, this.randomness.bytes(SECRET_RANDOM_BYTES), { sessionId, generation: newest + 1, epoch });
  }

  async has(tx: Tx, sessionId: string): Promise<boolean> {
    return (await this.rows.newestGeneration(tx, sessionId)) > 0;
  }

  /** The token that takes the place of this one, which is the newest. The session is locked. */
  async succeed(tx: Tx, text: string, parent: RefreshTokenRow): Promise<string> {
    await this.rows.markReplaced(tx, hashOf(text), this.clock.now());
    return this.insert(tx, this.following(text), { sessionId: parent.sessionId, generation: parent.generation + 1, epoch: parent.epoch });
  }

  /** The same that `succeed` has given for it. */
  successorOf(text: string): string {
    return formatSecret(SECRET_PREFIXES.refreshToken, this.following(text));
  }

  private following(text: string): Buffer {
    return createHmac('sha512', this.keyring.macKey(PURPOSE)).update(text, 'latin1').digest().subarray(0, SECRET_RANDOM_BYTES);
  }

  private async insert(tx: Tx, random: Buffer, place: { readonly sessionId: string; readonly generation: number; readonly epoch: number }): Promise<string> {
    const text = formatSecret(SECRET_PREFIXES.refreshToken, random);
    await this.rows.insert(tx, { ...place, hash: hashOf(text), issuedAt: this.clock.now() });
    return text;
  }
}

function hashOf(text: string): Buffer {
  const hash = secretHash(SECRET_PREFIXES.refreshToken, text);
  if (hash === null) throw new Error('only a token of ours has a successor');
  return hash;
}
