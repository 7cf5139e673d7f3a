import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import type { Factor } from '../domain/factor.js';
import { recoveryCodeHash } from '../domain/recovery-code.js';
import { codeDelaySeconds, stepOf } from '../domain/totp.js';
import type { Assertion } from '../domain/webauthn-response.js';
import { PasskeyRepository } from '../persistence/passkey.repository.js';
import { RecoveryCodeRepository } from '../persistence/recovery-code.repository.js';
import { TotpRepository, type TotpRow } from '../persistence/totp.repository.js';
import { type ProvenPasskey, RelyingParty } from './relying-party.js';

/** What somebody offers as a second factor. */
export type FactorProof = { readonly factor: 'totp' | 'recovery'; readonly code: string } | { readonly factor: 'webauthn'; readonly assertion: Assertion };

/** The same after all that takes time, or may not be done inside a transaction. */
export type PreparedProof = { readonly factor: 'totp' | 'recovery'; readonly code: string } | { readonly factor: 'webauthn'; readonly passkey: ProvenPasskey | null };

/** RFC 8176 names of what was proven; or why not, with the seconds after which it may be tried again. */
export type Acceptance = { readonly accepted: true; readonly methods: readonly string[] } | { readonly accepted: false; readonly waitSeconds: number };

const REFUSED: Acceptance = Object.freeze({ accepted: false, waitSeconds: 0 });

/** So long may the first code take: a secret that was shown and forgotten is not to be picked up later. */
export const ENROLMENT_MILLIS = 3600 * 1000;

/** The purpose under which secrets of codes are sealed. */
const SEALING_PURPOSE = 'totp';

/**
 * Takes what somebody proves, once. Every kind is compare-and-set in the transaction that makes use of it: of those who
 * bring the same code at the same time, one gets through, and if that transaction fails it was not used.
 */
@Injectable()
export class FactorProofs {
  constructor(
    private readonly relyingParty: RelyingParty,
    private readonly passkeys: PasskeyRepository,
    private readonly totp: TotpRepository,
    private readonly codes: RecoveryCodeRepository,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /** Outside of every transaction: verifies a signature, and uses its challenge up. */
  async prepare(proof: FactorProof, boundTo: string, principalId: string): Promise<PreparedProof> {
    if (proof.factor !== 'webauthn') return proof;
    const { assertion } = proof;
    const passkey = await this.relyingParty.proven(assertion, boundTo, async (tx) => {
      const found = await this.passkeys.findByCredential(tx, assertion.credentialId);
      return found?.principalId === principalId ? found : null;
    });
    return { factor: 'webauthn', passkey };
  }

  /** With the principal locked. The transaction must commit also when it refuses, or wrong codes would not be counted. */
  async accept(tx: Tx, principalId: string, proof: PreparedProof): Promise<Acceptance> {
    switch (proof.factor) {
      case 'totp':
        return this.acceptCode(tx, principalId, proof.code);
      case 'recovery':
        return this.acceptRecovery(tx, principalId, proof.code);
      case 'webauthn':
        return proof.passkey === null ? REFUSED : this.acceptPasskey(tx, proof.passkey);
    }
  }

  /** Of a generator that is confirmed; or, to confirm it, of one that is not. */
  async acceptCode(tx: Tx, principalId: string, code: string, isConfirming = false): Promise<Acceptance> {
    const row = await this.totp.lock(tx, principalId);
    if (row === null || (row.confirmedAt === null) !== isConfirming) return REFUSED;
    const now = this.clock.now();
    if (isConfirming && now.getTime() - row.createdAt.getTime() > ENROLMENT_MILLIS) return REFUSED;
    const waitSeconds = codeDelaySeconds(row.failures, row.lastAttemptAt === null ? Infinity : (now.getTime() - row.lastAttemptAt.getTime()) / 1000);
    if (waitSeconds > 0) return { accepted: false, waitSeconds };
    const step = this.stepOf(principalId, row, code, now.getTime());
    if (step !== null && (await this.totp.use(tx, principalId, step))) return { accepted: true, methods: METHODS.totp };
    await this.totp.fail(tx, principalId, now);
    return REFUSED;
  }

  async acceptPasskey(tx: Tx, { id, counter, synced }: ProvenPasskey): Promise<Acceptance> {
    if (!(await this.passkeys.use(tx, id, counter, this.clock.now()))) return REFUSED;
    return { accepted: true, methods: [...(synced ? ['swk'] : ['hwk']), 'user'] };
  }

  /** For the row of this principal alone. */
  seal(principalId: string, secret: Uint8Array): Buffer {
    return this.keyring.sealer(SEALING_PURPOSE).seal(secret, principalId);
  }

  private async acceptRecovery(tx: Tx, principalId: string, code: string): Promise<Acceptance> {
    const hash = recoveryCodeHash(code);
    if (hash === null || !(await this.codes.use(tx, principalId, hash, this.clock.now()))) return REFUSED;
    return { accepted: true, methods: METHODS.recovery };
  }

  private stepOf(principalId: string, { sealedSecret, lastStep }: TotpRow, code: string, nowMillis: number): number | null {
    const secret = this.keyring.sealer(SEALING_PURPOSE).open(sealedSecret, principalId);
    if (secret === null) throw new Error('the secret of a generator of codes does not open under the key hierarchy');
    try {
      return stepOf(secret, code, nowMillis, lastStep);
    } finally {
      secret.fill(0);
    }
  }
}

/** RFC 8176 §2 has no name for codes on paper: each is a one-time password, made beforehand. */
const METHODS: Readonly<Record<Exclude<Factor, 'webauthn'>, readonly string[]>> = { totp: ['otp'], recovery: ['otp'] };
