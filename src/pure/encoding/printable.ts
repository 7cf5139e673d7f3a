/**
 * What some reader of a text takes for the end of a line, for an order to a terminal, or for the direction of what
 * follows: controls, the separators of Unicode, marks and overrides of direction, and halves of characters, which have
 * no UTF-8. Whoever can put one of these into a record can write another record, or hide one.
 */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

/** The same without the controls that no JSON text holds but between its tokens (RFC 8259 §7). */
const UNPRINTABLE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

/** What most texts are made of, which is quickly seen. */
const PLAIN = /^[\x20-\x7e]*$/;

/** A text for people and for records, in which each of those stands as a word for itself: `\u{1b}`. */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNPRINTABLE, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/** A JSON text of the same value without any of those: as its own escapes, in which one line stays one line to every reader. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE_IN_JSON, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
