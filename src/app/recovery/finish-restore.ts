import { AuditLog } from '#modules/audit/index.js';
import { AccountErasure } from '#modules/auth/index.js';
import { HEALTH_EVENTS } from '#modules/health/index.js';
import { rowsOf, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { ForkWatch } from '../../modules/audit/attestation/fork-watch.js';
import type { ErasureNote } from '../../modules/audit/privacy/erasure-journal.js';
import { SubjectErasure } from '../../modules/audit/privacy/subject-erasure.js';
import { FullVerification } from '../../modules/audit/verification/full-verification.js';
import { LedgerVerifier } from '../../modules/audit/verification/ledger-verifier.js';
import { endWhatMayHaveEnded } from './after-restore.js';
import type { BackupReader } from './backup-directory.js';
import { RecoveryRefusal } from './recovery-refusal.js';
import type { Getter } from './restored-server.js';

const OPERATOR = systemPrincipal('operator');

export interface FinishOrder {
  readonly erasures: readonly ErasureNote[];
  readonly withPrograms: boolean;
}

export interface Finished {
  /** Of the persons in the journal, those who were in the backup. */
  readonly erasedAgain: number;
  readonly ended: Readonly<Record<string, number>>;
  /** Why the log may not be signed until an operator has decided; null when it may. */
  readonly forked: string | null;
  /** Whether somebody outside holds what the log cannot become: then only a newer database, or a successor, is a way out. */
  readonly isContradicted: boolean;
  /** Leaves that were verified, and what was found wrong. */
  readonly verified: number;
  readonly mismatches: readonly string[];
}

/**
 * What has to be done before a server may start on what was loaded. Until the last transaction, in which all of it is
 * recorded, no server does; a crash before leaves it to be done again.
 */
export async function finishRestore(get: Getter, backup: BackupReader, order: FinishOrder): Promise<Finished> {
  const head = await get(LedgerVerifier).verifyHead();
  if (head.mismatches.length > 0) throw new RecoveryRefusal(`the ledger in the backup does not verify, and nothing can be added to it: ${head.mismatches.map(({ sentence }) => sentence).join('; ')}`);
  const whole = (await get(FullVerification).run())!;
  const contradiction = await get(ForkWatch).examine('all');
  const doubt = contradiction ?? silenceOf(get, backup);
  // Before the row goes by which no server starts: there is no moment in which one could sign.
  if (doubt !== null) await get(ForkWatch).declare(doubt);
  // It may have been so before the backup.
  const forked = await get(ForkWatch).standing();
  const { erasedAgain, ended } = await get(UnitOfWork).run(OPERATOR, async (tx) => {
    const erasedAgain = await eraseAgain(tx, get, order.erasures);
    const ended = await endWhatMayHaveEnded(tx, order.withPrograms);
    await recordRestore(tx, get, backup, { ...ended, personsErasedAgain: erasedAgain, isForked: forked !== null });
    await rowsOf(tx, { name: null, text: 'DELETE FROM platform.restoration' });
    crashPoint('recovery.restore.before-commit');
    return { erasedAgain, ended };
  });
  return { erasedAgain, ended, forked, isContradicted: contradiction !== null, verified: whole.size, mismatches: whole.mismatches.map(({ sentence }) => sentence) };
}

/**
 * A log that nobody outside contradicts may be signed on from where the backup left it only if somebody there holds a
 * checkpoint as large as its last. Where nobody is heard, nobody knows how far it had come; and a second signature over a
 * place that was signed before would convict it for good.
 */
function silenceOf(get: Getter, { manifest: { ledger, takenAt } }: BackupReader): string | null {
  if (ledger === null || (get(ForkWatch).largest(ledger.origin)?.size ?? 0) >= ledger.size) return null;
  return `restored from a backup of ${takenAt} whose last checkpoint has size ${ledger.size}, and no anchor or witness shows how far the log had come`;
}

async function eraseAgain(tx: Tx, get: Getter, erasures: readonly ErasureNote[]): Promise<number> {
  let count = 0;
  for (const { subject, erasedAt } of erasures) if (await get(SubjectErasure).repeat(tx, OPERATOR, subject, erasedAt, () => get(AccountErasure).repeat(tx, subject))) count += 1;
  return count;
}

async function recordRestore(tx: Tx, get: Getter, { digest, manifest: { ledger, takenAt } }: BackupReader, counts: Readonly<Record<string, number | boolean>>): Promise<void> {
  const ofLedger = ledger === null ? {} : { ledgerOrigin: ledger.origin, ledgerSize: ledger.size, ledgerRoot: ledger.root };
  await get(AuditLog).append(tx, {
    kind: HEALTH_EVENTS['server.restore.complete'],
    outcome: 'success',
    actor: OPERATOR,
    facts: { backupSha256: digest, takenAt, ...ofLedger, ...counts },
  });
}
