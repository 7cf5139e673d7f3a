/** The log, or what claims to be one, is not as it must be. Its message is shown as it is: foreign text in it goes through `printable`. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError';
}

const SHOWN_MAX = 200;

/** Foreign text for a terminal: whatever could move the cursor, colour a line or forge one is written as an escape. */
export function printable(text: string): string {
  const shown = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
  return shown.toWellFormed().replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
