import { Injectable } from '@nestjs/common';
import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { requestTrail } from '#platform/system/request-context.js';
import { encodeNothing, encodePiece, NOBODY, type PersonalPiece, personalPieces, type SealedPiece } from '../domain/personal-data.js';
import { type SubjectKey, SubjectKeys } from './subject-keys.js';

/**
 * Closes what of an event is about people, before its body is made. Where this process has no keys (a worker, or boot
 * before the root key is open), personal data is left out: it is never written in clear, and no deed fails for it.
 */
@Injectable()
export class PersonalDataSealer {
  constructor(private readonly keys: SubjectKeys) {}

  /** @param tx of the deed, by the application's login; null for an event that has none. */
  async seal(tx: Tx | null, event: AuditEvent, entryId: string, timeMillis: number): Promise<readonly SealedPiece[]> {
    const pieces = personalPieces(event, requestTrail()?.source ?? null);
    if (pieces.length === 0 || !this.keys.areAvailable) return [];
    const sealed: SealedPiece[] = [];
    for (const piece of pieces) {
      const key = piece.byStranger ? await this.keys.ofStranger(piece.subject, timeMillis) : await this.keys.of(tx, piece.subject, timeMillis);
      if (key !== null) sealed.push(this.close(piece, key, entryId));
    }
    return sealed;
  }

  private close(piece: PersonalPiece, { id, subject, key }: SubjectKey, entryId: string): SealedPiece {
    // Under the key of nobody there is no name: it could not be taken away with the one who bears it.
    const { userName: _name, email: _email, ...nameless } = piece;
    const plaintext = encodePiece(subject === NOBODY ? nameless : piece);
    // Of an account of which no key is left, an erasure could not reach it there: nothing is kept, which does not show.
    const isOutOfReach = subject === NOBODY && piece.subject !== null;
    return { key: id, data: key.seal(isOutOfReach ? encodeNothing(plaintext.length) : plaintext, entryId).toString('base64url') };
  }
}
