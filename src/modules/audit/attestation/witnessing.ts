import { consistencyProof, tilesForConsistency } from '#pure/merkle/proof.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { ReadCosignature } from '#pure/transparency-log/witness-exchange.js';
import { isQuorum, type PolicyWitness, type WitnessPolicy } from '#pure/transparency-log/witness-policy.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { cosignatureOf, readCheckpoint } from '../checkpoint-note.js';
import { AUDIT_METRICS } from '../domain/audit.metrics.js';
import { AttestationRepository } from '../persistence/attestation.repository.js';
import { type Attestor, AttestorRepository } from '../persistence/attestor.repository.js';
import { type StoredCheckpoint, TreeRepository } from '../persistence/tree.repository.js';
import type { AttestorJournal } from './attestor-journal.js';
import { Backoff } from './backoff.js';
import { NoAnswer } from './bounded-request.js';
import { aheadOf, type ForkWatch } from './fork-watch.js';
import type { Submission, WitnessAnswer, WitnessClient } from './witness-client.js';

const WITNESSING = systemPrincipal('witnessing');

/** A witness may have been told of a size by somebody else in between: once is then a race, and often is none. */
const SUBMISSIONS_MAX = 3;

export type WitnessingTurn = 'cosigned' | 'not-due' | 'failed' | 'forked';

/** What is asked of the witness, and for which checkpoint. */
interface Request {
  readonly last: StoredCheckpoint;
  readonly submission: Submission;
}

/**
 * Asks one witness to cosign the latest checkpoint: one exchange at a time, outside of any transaction, and none for a
 * checkpoint that a later one has overtaken. Two replicas may ask the same witness; it compares and sets, and what
 * both bring home is stored once. A checkpoint is published by whoever brings the last cosignature of its quorum.
 *
 * A crash after the answer and before the commit loses cosignatures that the witness gives again: it then has the
 * checkpoint's own size, and is asked from there.
 */
export class Witnessing {
  private readonly backoff: Backoff;
  /** The first turn asks in any case: it may be the only way to learn that the witness is ahead of this database. */
  private hasAsked = false;
  private isAsking = false;

  constructor(
    private readonly witness: PolicyWitness,
    private readonly client: WitnessClient,
    private readonly policy: WitnessPolicy,
    private readonly units: SequencerUnitOfWork,
    private readonly tree: TreeRepository,
    private readonly attestations: AttestationRepository,
    private readonly attestors: AttestorRepository,
    private readonly journal: AttestorJournal,
    private readonly watch: Pick<ForkWatch, 'declare' | 'doubt' | 'examine' | 'hear' | 'lookAt'>,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {
    this.backoff = new Backoff(clock);
  }

  get name(): string {
    return this.client.name;
  }

  /** One at a time: while another turn waits for the witness, there is nothing to do. */
  async turn(): Promise<WitnessingTurn> {
    if (this.isAsking || this.backoff.isPausing) return 'not-due';
    this.isAsking = true;
    try {
      return await this.exchange();
    } finally {
      this.isAsking = false;
    }
  }

  private async exchange(): Promise<WitnessingTurn> {
    for (let submissions = 1; ; submissions += 1) {
      const request = await this.units.run(WITNESSING, (tx) => this.readDue(tx));
      if (request === null) return 'not-due';
      const answer = await this.ask(request);
      this.hasAsked = true;
      crashPoint('audit.witness.after-answer');
      if (answer.kind === 'other-size' && submissions < SUBMISSIONS_MAX && (await this.follow(answer.size))) continue;
      return this.settle(request.last, answer);
    }
  }

  private async ask({ submission }: Request): Promise<WitnessAnswer> {
    try {
      return await this.client.addCheckpoint(submission, Math.floor(this.clock.nowMillis() / 1000));
    } catch (error) {
      if (error instanceof NoAnswer) return { kind: 'refused', reason: error.message };
      throw error;
    }
  }

  /** The last checkpoint, unless this witness has cosigned it, and the proof from what the witness has. */
  private async readDue(tx: Tx): Promise<Request | null> {
    const last = await this.tree.lastCheckpoint(tx);
    if (last === null || (await this.attestors.forkReason(tx)) !== null) return null;
    const attestor = await this.attestors.find(tx, this.name);
    this.show(attestor);
    if (this.hasAsked && (await this.attestations.hasSigned(tx, last.number, signerOf(this.witness)))) return null;
    // More than there is here: it is asked with what it would need to have, and says so itself.
    const oldSize = Math.min(attestor.size, last.size);
    const isTrivial = oldSize === 0 || oldSize === last.size;
    const proof = isTrivial ? [] : consistencyProof(oldSize, last.size, await this.tree.tileReader(tx, tilesForConsistency(oldSize, last.size)));
    return { last, submission: { oldSize, proof, note: last.note } };
  }

  /** Notes what the witness has, and whether a proof from there can be given: not where it is ahead of every checkpoint. */
  private async follow(size: number): Promise<boolean> {
    return this.units.run(WITNESSING, async (tx) => {
      // Read after the answer: another replica may have signed, and had cosigned, what this one had not seen.
      if (size > ((await this.tree.lastCheckpoint(tx))?.size ?? 0)) return false;
      await this.attestors.learn(tx, this.name, 'witness', size);
      return true;
    });
  }

  private async settle(last: StoredCheckpoint, answer: WitnessAnswer): Promise<WitnessingTurn> {
    if (answer.kind === 'cosigned') return this.keep(last, answer.cosignatures);
    if (answer.kind === 'other-size' || answer.kind === 'inconsistent') {
      const claim = answer.kind === 'inconsistent' ? `${this.name} says that it holds another root than the database at a size that both have` : aheadOf(this.name, answer.size, last.size);
      return this.judge(claim);
    }
    this.backoff.failed();
    await this.units.run(WITNESSING, (tx) => this.journal.failed(tx, this.name, 'witness', answer.reason));
    return 'failed';
  }

  /**
   * The answer to a submission is signed by nobody: whoever sits on the way, or at the witness, can write one. It makes the
   * witness be asked for the checkpoint that it shows to monitors, and only a note with the log's own signature declares a
   * fork. Without one the witness is failing: the log is signed on, a quorum lacks this one, and somebody is called.
   */
  private async judge(claim: string): Promise<WitnessingTurn> {
    await this.watch.lookAt(this.client);
    const contradiction = await this.watch.examine('near');
    if (contradiction !== null) {
      await this.watch.declare(contradiction);
      return 'forked';
    }
    this.backoff.failed();
    await this.units.run(WITNESSING, async (tx) => {
      const entryId = await this.journal.contradicted(tx, this.name, 'witness', `${claim}, and shows no note that proves it`);
      await this.watch.doubt(tx, this.name, entryId);
    });
    return 'failed';
  }

  /** Stores what was brought home, and publishes when that completes the quorum. */
  private async keep(last: StoredCheckpoint, cosignatures: readonly ReadCosignature[]): Promise<WitnessingTurn> {
    this.backoff.succeeded();
    this.watch.hear(this.name, readCheckpoint(last.note)!);
    await this.units.run(WITNESSING, async (tx) => {
      await this.attestations.addCosignatures(tx, last, cosignatures.map(({ signature }) => cosignatureOf(signature)));
      await this.journal.confirmed(tx, this.name, 'witness', last.size);
      await this.publishIfDue(tx, last.number);
      this.show({ size: last.size, confirmedAgeMillis: 0 });
      crashPoint('audit.witness.before-commit');
    });
    crashPoint('audit.witness.after-commit');
    return 'cosigned';
  }

  /** In the transaction that may have completed it. Of two at once, the second sees the first one's. */
  private async publishIfDue(tx: Tx, number: number): Promise<void> {
    const signers = new Set(await this.attestations.signersForPublication(tx, number));
    const names = this.policy.witnesses.filter((witness) => signers.has(signerOf(witness))).map(({ name }) => name);
    if (isQuorum(this.policy, new Set(names))) await this.attestations.publish(tx, number);
  }

  private show({ size, confirmedAgeMillis }: Attestor): void {
    const labels = { witness: this.witness.name };
    this.metrics.set(AUDIT_METRICS.audit_witness_cosigned_size, size, labels);
    if (confirmedAgeMillis !== null) this.metrics.set(AUDIT_METRICS.audit_witness_last_success_age_seconds, confirmedAgeMillis / 1000, labels);
  }
}

/** As `audit.cosignature` names it. */
function signerOf({ key }: Pick<PolicyWitness, 'key'>): string {
  return `${key.name}+${key.keyId}`;
}
