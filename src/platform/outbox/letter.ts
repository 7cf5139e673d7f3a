import type { OutboxOrder } from './outbox.js';
import type { OutboxMessage } from './outbox-sink.js';

/** A mail to one person. */
export interface Letter {
  /** One address, of a form that ends no header and no envelope. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Closes and opens what only this installation may read; the crypto engine has one. */
export interface LetterSealer {
  seal(plaintext: Uint8Array, associatedData: string): Buffer;
  open(sealed: Uint8Array, associatedData: string): Buffer | null;
}

/** The purpose of the key that letters are sealed under. */
export const LETTER_SEAL = 'letter';

/**
 * A letter is made where it is known what it says, and sent by a process that reads nothing of accounts: so the outbox
 * carries it, sealed, since it may hold a link that opens something, and an address. `destination` names whom it is about,
 * by an id: whoever erases them takes back what was not sent, and a letter opens under its own destination alone.
 */
export function letterOrder(sealer: LetterSealer, destination: string, letter: Letter): OutboxOrder {
  const plaintext = Buffer.from(JSON.stringify(letter), 'utf8');
  try {
    return { sink: 'email', destination, subject: { letter: sealer.seal(plaintext, destination).toString('base64') } };
  } finally {
    plaintext.fill(0);
  }
}

/** Null for a message that is no letter. Throws for one that this installation did not write. */
export function openLetter(sealer: LetterSealer, { destination, subject }: Pick<OutboxMessage, 'destination' | 'subject'>): Letter | null {
  const { letter } = subject;
  if (typeof letter !== 'string') return null;
  const plaintext = sealer.open(Buffer.from(letter, 'base64'), destination);
  if (plaintext === null) throw new Error('a letter of the outbox was not written by this installation');
  try {
    return JSON.parse(plaintext.toString('utf8')) as Letter;
  } finally {
    plaintext.fill(0);
  }
}
