import { parseOpenQasm2 } from './openqasm2.js';
import type { ProgramInputs } from './openqasm3/inputs.js';
import { parseOpenQasm3 } from './openqasm3/openqasm3.js';
import type { QasmParse } from './parse-within-limits.js';
import type { QasmLimits } from './qasm-limits.js';

export const PROGRAM_LANGUAGES = ['openqasm2', 'openqasm3'] as const;
export type ProgramLanguage = (typeof PROGRAM_LANGUAGES)[number];

/** Reads a program of either language. Version 2 has no inputs, so a value for one is a slip there too. */
export function parseProgram(language: ProgramLanguage, source: string, inputs: ProgramInputs, limits: Partial<QasmLimits> = {}): QasmParse {
  if (language === 'openqasm3') return parseOpenQasm3(source, inputs, limits);
  const [input] = Object.keys(inputs);
  if (input === undefined) return parseOpenQasm2(source, limits);
  return { ok: false, error: { code: 'unknown-input', line: 1, column: 1, message: 'A program in OpenQASM 2 takes no parameters.', input } };
}
