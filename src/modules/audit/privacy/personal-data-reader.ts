import { Injectable } from '@nestjs/common';
import type { PersonalData } from '#pure/audit-event/audit-event.js';
import { decodePiece, sealedPiecesOf } from '../domain/personal-data.js';
import { SubjectKeys } from './subject-keys.js';

/** `erased`: its key is gone. `unreadable`: the key is there and does not open it, so that one of the two was changed. */
export type OpenedPiece = PersonalData | 'erased' | 'unreadable';

/** Opens the personal data of entries, for who may see it: a deed of its own, which the caller decides and records. */
@Injectable()
export class PersonalDataReader {
  constructor(private readonly keys: SubjectKeys) {}

  /**
   * What the entry holds about people, one piece a person; null when it holds nothing. `keyring-sealed` (503) in a
   * process that has not opened the root key.
   */
  async open(entryId: string, body: Buffer): Promise<readonly OpenedPiece[] | null> {
    const pieces = sealedPiecesOf(body);
    if (pieces.length === 0) return null;
    const keys = new Map((await this.keys.byId(pieces.map(({ key }) => key))).map((key) => [key.id, key]));
    return pieces.map(({ key: id, data }) => {
      const held = keys.get(id);
      if (held === undefined) return 'erased';
      const plaintext = held.key.open(Buffer.from(data, 'base64url'), entryId);
      return plaintext === null ? 'unreadable' : decodePiece(plaintext, held.subject);
    });
  }
}
