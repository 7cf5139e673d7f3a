import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { DPOP_ALGORITHMS, type ExaminedProof, examineProof } from '../domain/dpop-proof.js';
import { DpopProofRepository } from '../persistence/dpop-proof.repository.js';

export interface PresentedProof {
  /** The value of the one `DPoP` header. */
  readonly proof: string;
  readonly method: string;
  /** The path of the request's target, without the query; resolved on PUBLIC_URL. */
  readonly path: string;
  /** Where the proof comes with an access token, which it then has to name (`ath`). */
  readonly accessToken?: string;
}

const SYSTEM = systemPrincipal('dpop-proofs');

/**
 * Proofs of possession (RFC 9449), each good for one request. Replicas share which were used, or a copy would be good
 * once at each; the clock of whoever takes it decides about its age, so that nothing has to be fetched before.
 */
@Injectable()
export class DpopProofs {
  private readonly publicUrl: string;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: DpopProofRepository,
    private readonly clock: Clock,
    config: Config,
  ) {
    this.publicUrl = config.http.publicUrl;
  }

  /** The RFC 7638 thumbprint (32 bytes) of the key that made the proof, which counts as used from then on. Faults: dpop-refused. */
  async check(presented: PresentedProof): Promise<Buffer> {
    const proof = this.examine(presented);
    await this.use(proof);
    return proof.thumbprint;
  }

  /** `check` of the one proof that a request for tokens came with; null where it came with none: then they are bound to no key. */
  async checkOffered({ method, path, proofs }: { readonly method: string; readonly path: string; readonly proofs: readonly string[] }): Promise<Buffer | null> {
    if (proofs.length === 0) return null;
    return this.check({ proof: theOne(proofs), method, path });
  }

  /** All that can be said of it without asking anybody. Faults: dpop-refused. */
  examine({ proof, method, path, accessToken = null }: Omit<PresentedProof, 'accessToken'> & { readonly accessToken?: string | null }): ExaminedProof {
    const examined = examineProof(proof, { method, url: this.publicUrl + path, accessToken }, this.clock.nowMillis());
    if (typeof examined === 'string') throw proofRefused(examined);
    return examined;
  }

  /** Uses it up. Faults: dpop-refused for one that was used before, here or at another replica. */
  async use({ hash, expiresAtMillis }: ExaminedProof): Promise<void> {
    const isFirst = await this.uow.run(SYSTEM, (tx) => this.rows.insert(tx, hash, new Date(expiresAtMillis)));
    if (!isFirst) throw proofRefused('used before');
  }
}

/** Faults: dpop-refused for none, and for two. */
export function theOne(proofs: readonly string[]): string {
  const [proof, ...others] = proofs;
  if (proof === undefined || others.length > 0) throw proofRefused('exactly one DPoP header is needed');
  return proof;
}

/** `why` is told: whoever made the proof is the one who can mend it. */
function proofRefused(why: string): Fault {
  return new Fault(AUTH_FAULTS['dpop-refused'], { detail: `The proof is refused: ${why}.`, headers: { 'WWW-Authenticate': dpopChallenge('invalid_dpop_proof') } });
}

/** RFC 9449 §7.1. */
export function dpopChallenge(error: 'invalid_token' | 'invalid_dpop_proof'): string {
  return `DPoP realm="quantonium", error="${error}", algs="${DPOP_ALGORITHMS.join(' ')}"`;
}
