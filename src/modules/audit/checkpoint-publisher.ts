import { Inject, Injectable } from '@nestjs/common';
import { Keyring, type Verifier } from '#modules/crypto/index.js';
import { sha256 } from '#pure/digest/digest.js';
import { rootFromTiles, tilesForRoot } from '#pure/merkle/proof.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { checkpointKey, isSignedBy, readCheckpoint, signCheckpoint } from './checkpoint-note.js';
import { ForkWatch } from './attestation/fork-watch.js';
import { AttestationPolicy } from './attestation/attestation-policy.js';
import { LogIdentity } from './log-identity.js';
import { AttestationRepository } from './persistence/attestation.repository.js';
import { AttestorRepository } from './persistence/attestor.repository.js';
import { SequencingRepository } from './persistence/sequencing.repository.js';
import { type StoredCheckpoint, type TreeHead, TreeRepository } from './persistence/tree.repository.js';

const PUBLISHER = systemPrincipal('audit-publisher');

/** A grown tree gets a checkpoint no sooner than this after the last: a fixed cadence, so that witnesses can keep up. */
export const CHECKPOINT_INTERVAL_MILLIS = 1_000;
/** A tree that has not grown gets one all the same: silence then means that something is wrong, not that all is quiet. */
export const CHECKPOINT_SILENCE_MILLIS = 60_000;

/**
 * With witnesses, how long a checkpoint waits for its quorum before the next is signed: longer than an exchange may
 * take. Two witnesses that are each given another one would never make a quorum for any.
 */
export const QUORUM_PATIENCE_MILLIS = 15_000;

/**
 * What a call did. `signed`: stored, and shown as soon as witnesses have made its quorum. `overtaken`: another replica
 * stored this number first; its checkpoint stands. `forked`: nothing is signed until an operator has decided.
 */
export type Publication = 'published' | 'signed' | 'not-due' | 'overtaken' | 'forked';

/** What is to be signed, under which name, and what was signed before it. */
interface Due {
  readonly origin: string;
  readonly head: TreeHead;
  readonly last: StoredCheckpoint | null;
}

/** The tree does not continue what was signed before. Nothing is signed any more until an operator has decided. */
export class LedgerForked extends Error {
  override readonly name = 'LedgerForked';
}

/**
 * Signs what is committed, in that order: read the committed head, check that it continues the last checkpoint, sign,
 * store. A root that could still be rolled back is never signed, since two signed checkpoints that contradict each
 * other convict the log for good. A crash between signing and storing loses a signature that nobody saw.
 */
@Injectable()
export class CheckpointPublisher {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly tree: TreeRepository,
    private readonly sequencing: SequencingRepository,
    private readonly attestations: AttestationRepository,
    private readonly attestors: AttestorRepository,
    private readonly keyring: Keyring,
    private readonly identity: LogIdentity,
    @Inject(ForkWatch) private readonly watch: Pick<ForkWatch, 'examine' | 'declare'>,
    private readonly policy: AttestationPolicy,
    private readonly clock: Clock,
  ) {}

  /** Signs when it is due. Throws `LedgerForked`, or what the database or the keyring threw; a retry is always safe. */
  async publish(intervalMillis: number = CHECKPOINT_INTERVAL_MILLIS): Promise<Publication> {
    // Named before there is anything to sign: its verifier keys can be saved before the first deed.
    await this.identity.establish();
    const verifiers = await this.keyring.verifiers('audit-checkpoint');
    const due = await this.units.run(PUBLISHER, (tx) => this.readDue(tx, intervalMillis, verifiers)).catch((error: unknown) => this.declared(error));
    if (typeof due === 'string') return due;
    const contradiction = await this.watch.examine('near');
    if (contradiction !== null) {
      await this.watch.declare(contradiction);
      return 'forked';
    }
    const { origin, head, last } = due;

    const [signer, cosigner] = await Promise.all([this.keyring.signer('audit-checkpoint'), this.keyring.signer('audit-cosign')]);
    const signers = { 'audit-checkpoint': signer, 'audit-cosign': cosigner };
    const { note, cosignature } = await signCheckpoint({ origin, ...head }, signers, Math.floor(this.clock.nowMillis() / 1000));
    crashPoint('audit.publish.after-signing');

    const number = (last?.number ?? 0) + 1;
    const previousHash = last === null ? null : sha256(Buffer.from(last.note, 'utf8'));
    const isStored = await this.units.run(PUBLISHER, async (tx) => {
      if (!(await this.sequencing.addCheckpoint(tx, { origin, number, size: head.size, note, previousHash }))) return false;
      await this.attestations.addCosignatures(tx, { number, note }, [cosignature]);
      if (this.policy.isShownAtOnce) await this.attestations.publish(tx, number);
      crashPoint('audit.publish.before-commit');
      return true;
    });
    crashPoint('audit.publish.after-commit');
    if (!isStored) return 'overtaken';
    return this.policy.isShownAtOnce ? 'published' : 'signed';
  }

  /** What is to be signed and what was signed before it, from one transaction that has ended when this returns. */
  private async readDue(tx: Tx, intervalMillis: number, verifiers: readonly Verifier[]): Promise<Due | 'not-due' | 'forked'> {
    if ((await this.attestors.forkReason(tx)) !== null) return 'forked';
    const origin = await this.tree.origin(tx);
    // In this order: the checkpoint read first belongs to the head read second, or to an earlier one.
    const last = await this.tree.lastCheckpoint(tx);
    const head = await this.tree.head(tx);
    if (origin === null || (last === null && head === null)) return 'not-due';
    if (last === null) return { origin, head: head!, last };
    if (head === null || head.size < last.size) {
      throw new LedgerForked(`checkpoint ${last.number} covers ${last.size} leaves, and the tree has ${head?.size ?? 0}`);
    }
    // By a key that was revoked since, it convinces nobody any more: the next one is due, whatever its age.
    const isGood = isSignedBy(last.note, verifiers.map((verifier) => checkpointKey(origin, 'audit-checkpoint', verifier)), ['audit-checkpoint']);
    if (isGood && last.ageMillis < (head.size > last.size ? intervalMillis : CHECKPOINT_SILENCE_MILLIS)) return 'not-due';
    if (isGood && last.ageMillis < QUORUM_PATIENCE_MILLIS && !this.policy.isShownAtOnce && (await this.tree.shownCheckpoint(tx))?.number !== last.number) return 'not-due';
    await this.assertContinues(tx, last, head);
    return { origin, head, last };
  }

  /** A database that contradicts itself is not signed again after a restart either. */
  private async declared(error: unknown): Promise<never> {
    if (error instanceof LedgerForked) await this.watch.declare(error.message);
    throw error;
  }

  /** The tiles must still lead to the root that was signed: whoever rewrote them is not helped to a new signature. */
  private async assertContinues(tx: Tx, last: StoredCheckpoint, head: TreeHead): Promise<void> {
    const signed = readCheckpoint(last.note);
    if (signed === null || signed.size !== last.size) throw new LedgerForked(`checkpoint ${last.number} is not the note that was signed`);
    for (const { size, root } of [signed, head]) {
      const reader = await this.tree.tileReader(tx, tilesForRoot(size));
      if (!rootFromTiles(size, reader).equals(root)) throw new LedgerForked(`the tiles do not lead to the root at size ${size}`);
    }
  }
}
