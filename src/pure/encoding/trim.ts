/**
 * A text without those of the characters that stand at its end. `/=+$/` says the same, and takes a time that grows with
 * the square of the text: a header of 16 KiB that strangers fill costs it tenths of a second, and this nothing.
 */
export function trimEndOf(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end -= 1;
  return text.slice(0, end);
}

/** The same at both ends. */
export function trimOf(text: string, characters: string): string {
  let start = 0;
  while (start < text.length && characters.includes(text[start]!)) start += 1;
  return trimEndOf(text.slice(start), characters);
}
