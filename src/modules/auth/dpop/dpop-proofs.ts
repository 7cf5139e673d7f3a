import { Injectable } from '@nestjs/common';
import { Fault } from '#pure/fault/fault.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';

export interface PresentedProof {
  /** The value of the one `DPoP` header. */
  readonly proof: string;
  readonly method: string;
  /** The path of the request's target, without the query; resolved on PUBLIC_URL. */
  readonly path: string;
  /** Where the proof comes with an access token, which it then has to name (`ath`). */
  readonly accessToken?: string;
}

/** Proofs of possession (RFC 9449), each good for one request. */
@Injectable()
export class DpopProofs {
  /** The RFC 7638 thumbprint (32 bytes) of the key that made the proof, which counts as used from then on. Faults: dpop-refused. */
  async check(_presented: PresentedProof): Promise<Buffer> {
    throw new Fault(AUTH_FAULTS['dpop-refused']);
  }
}
