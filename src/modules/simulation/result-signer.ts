import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { onCommit, SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { JobSignals } from './job-signals.js';
import { type StoredSignature, SignatureRepository } from './persistence/signature.repository.js';

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

  /**
   * One batch: signing → succeeded, in the transaction that stores the signature, so that nobody sees the one without the
   * other. Two replicas may sign the same result: the first to store wins, and both signatures would verify. A crash
   * between signing and storing leaves what was there: the next tick signs it, on whichever replica. Returns how many were stored.
   */
  async sign(): Promise<number> {
    const unsigned = await this.uow.run(SIGNER, (tx) => this.signatures.unsigned(tx, BATCH));
    if (unsigned.length === 0) return 0;
    const signer = await this.keyring.signer('result');
    const signed: StoredSignature[] = [];
    for (const { jobId, digest } of unsigned) {
      signed.push({ jobId, algorithm: signer.algorithm, keyId: signer.keyId, signature: await signer.sign(Buffer.from(digest, 'ascii')) });
    }
    const ended = await this.uow.run(SIGNER, async (tx) => {
      const stored = await this.signatures.store(tx, signed);
      await this.signatures.succeed(tx, stored);
      crashPoint('simulation.sign.before-commit');
      onCommit(tx, () => stored.forEach((id) => this.signals.send('ended', id)));
      return stored;
    });
    return ended.length;
  }
}
