import type { Token } from '../lexer.js';
import { QasmRefusal, quoted } from '../qasm-error.js';

/** Words of the language that begin something which cannot be simulated here, with what they are about. */
const REFUSED_WORDS: Readonly<Record<string, string>> = {
  cal: 'Pulse calibrations are', defcal: 'Pulse calibrations are', defcalgrammar: 'Pulse calibrations are',
  box: 'Timing is', delay: 'Timing is', duration: 'Timing is', stretch: 'Timing is', durationof: 'Timing is',
  extern: 'External functions are', array: 'Arrays of classical values are', readonly: 'Arrays of classical values are', mutable: 'Arrays of classical values are',
};

/** The refusal of a feature by its name, or null for a word that is no such thing. */
export function refusedFeature({ text, offset }: Token): QasmRefusal | null {
  const about = REFUSED_WORDS[text];
  return about === undefined ? null : new QasmRefusal('not-supported', offset, `${about} not supported: ${quoted(text)} cannot be simulated.`);
}
