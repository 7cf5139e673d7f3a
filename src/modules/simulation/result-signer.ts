import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { leaveToCommit, SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { JobSignals } from './job-signals.js';
import { type StoredSignature, SignatureRepository, type UnsignedResult } from './persistence/signature.repository.js';

export type { UnsignedResult } from './persistence/signature.repository.js';

const SIGNER = systemPrincipal('simulation-result-signer');
/** Bounds what one tick holds in memory and in one statement: about 0.3 KB a signature. */
const BATCH = 500;

/** Signs the digests of results that have no signature yet, and lets their jobs succeed; runs where the root key is, which is never a worker. */
@Injectable()
export class ResultSigner {
  constructor(
    private readonly uow: SequencerUnitOfWork,
    private readonly signatures: SignatureRepository,
    private readonly keyring: Keyring,
    private readonly signals: JobSignals,
  ) {}

  /** A batch of those that are found, of whichever process. Returns how many were signed. */
  async sign(): Promise<number> {
    // The answer is all that there is in this transaction: nothing is to be waited for at its end.
    const { unsigned } = await this.uow.run(SIGNER, async (tx) => {
      const unsigned = this.signatures.unsigned(tx, BATCH);
      leaveToCommit(tx, unsigned);
      return { unsigned };
    });
    return this.signAll(await unsigned);
  }

  /**
   * signing → succeeded, in the transaction that stores the signature, so that nobody sees the one without the other, and
   * only of results that are stored with this digest. Two replicas may sign the same result: the first to store wins, and
   * both signatures would verify. A crash between signing and storing leaves what was there: a later `sign` finds it, on
   * whichever replica. Returns how many were signed.
   */
  async signAll(unsigned: readonly UnsignedResult[]): Promise<number> {
    if (unsigned.length === 0) return 0;
    const signer = await this.keyring.signer('result');
    const signed: StoredSignature[] = [];
    for (const result of unsigned) {
      signed.push({ ...result, algorithm: signer.algorithm, keyId: signer.keyId, signature: await signer.sign(Buffer.from(result.digest, 'ascii')) });
    }
    const { succeeded } = await this.uow.run(SIGNER, async (tx) => {
      const sent = this.signatures.succeed(tx, signed);
      crashPoint('simulation.sign.before-commit');
      return sent;
    });
    const ended = await succeeded;
    for (const id of ended) this.signals.send('ended', id);
    return ended.length;
  }
}
