import { CRYPTO_EVENTS, type HouseKey } from '#modules/crypto/index.js';
import type { HealthBoard } from '#modules/health/index.js';
import { Periodic } from '#platform/system/periodic.js';
import { runWithoutTrail } from '#platform/system/request-context.js';
import { WORK_GATE } from '#platform/system/work-gate.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { bindingRecord, type UnsealingParts, unsealKeyring, unsealWith } from './unseal-keyring.js';

const BOOT = systemPrincipal('boot');
/** A seal that opens by itself, and whose server was away, is tried again after this. */
const RETRY_MILLIS = 5_000;

export interface SealedLifeParts extends UnsealingParts {
  readonly board: Pick<HealthBoard, 'phase' | 'markSealed' | 'markServing'>;
  /** The steps of the boot that need keys. */
  readonly begin: () => Promise<void>;
  /** They were taken after the process had begun to listen: it serves from now on. */
  readonly onServing: () => void;
  /** They failed: what would have ended the start ends the process. */
  readonly fail: (error: unknown) => void;
  readonly onRetryFailed: (error: unknown) => void;
}

/**
 * A process with its seal. Open, it takes the steps that need keys and serves. Sealed, it listens, refuses nearly
 * everything and does no work, until it is unsealed: then it takes them, before the first request that is not refused,
 * and once, however often it is sealed and unsealed after that.
 */
export class SealedLife {
  #hasBegun = false;
  #retries: Periodic | null = null;

  constructor(private readonly parts: SealedLifeParts) {}

  /** A boot step. The process is not listening yet; `parts.seal.isSealed` says afterwards how it will be. */
  async open(): Promise<void> {
    const { seal } = this.parts;
    seal.whenChanged((house) => runWithoutTrail(() => this.#unseal(house)), () => this.#sealed());
    await unsealKeyring(this.parts);
    if (seal.isSealed) WORK_GATE.close();
  }

  /** The boot goes on with what needs keys; nothing while it is sealed. */
  async begin(): Promise<void> {
    if (!this.parts.seal.isSealed) await this.#begin();
  }

  /** The process listens: what opens by itself is tried until it does. */
  listening(): void {
    const { seal, board, log, onRetryFailed } = this.parts;
    if (!seal.isSealed) return;
    board.markSealed();
    if (!seal.opensByItself) return;
    const turn = async (): Promise<void> => {
      if (board.phase === 'sealed') await seal.retry(bindingRecord(log));
      else void this.#retries?.stop();
    };
    this.#retries = new Periodic(RETRY_MILLIS, turn, { failed: onRetryFailed }, { evenSealed: true });
    void this.#retries.start();
  }

  async #begin(): Promise<void> {
    if (this.#hasBegun) return;
    await this.parts.begin();
    this.#hasBegun = true;
  }

  async #unseal(house: HouseKey): Promise<void> {
    const { seal, keyring, log, board, onServing, fail } = this.parts;
    try {
      await unsealWith(house, { keyring, log });
      await this.#begin();
      await log.record({ kind: CRYPTO_EVENTS['crypto.seal.unseal'], outcome: 'success', actor: BOOT, facts: { step: 'opened' } });
    } catch (error) {
      seal.close();
      // A database that is away is no reason to end: whoever unseals tries again.
      if (!(error instanceof Fault) && board.phase !== 'draining') fail(error);
      throw error;
    }
    WORK_GATE.open();
    board.markServing();
    onServing();
  }

  #sealed(): void {
    WORK_GATE.close();
    this.parts.board.markSealed();
    // Whoever seals a process by hand wants it sealed: it opens again when it is started again, or by shares.
    void this.#retries?.stop();
  }
}
