import { parseRegex, type RegexNode, RegexError } from './regex-syntax.js';

/**
 * Regular expressions that cannot hang: Sigma's flavour is regular in the strict sense (no back-reference, no look
 * around), so all ways through it are walked at once, a character at a time. Time is the text times the size of the
 * expression, whoever wrote either; the engine of JavaScript backtracks, and `(a+)+$` stops it for minutes.
 * The method is Thompson's of 1968; groups are not captured, because only yes or no is wanted.
 */

/** 300 instructions over the 16 KiB that an entry may have are five million steps: tens of milliseconds at worst. */
export const REGEX_INSTRUCTIONS_MAX = 300;
/** An empty group makes no instruction, and `(((){100}){100}){100}` is written out all the same. */
const VISITS_MAX = 5_000;

type Instruction =
  | { readonly op: 'character'; readonly takes: (codePoint: number) => boolean }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'start' | 'end' | 'match' };

/** Throws RegexError. A match anywhere in the text counts, unless `^` and `$` say otherwise. */
export function linearRegex(source: string, isCaseless: boolean): (text: string) => boolean {
  const program = [...compile(parseRegex(source, isCaseless)), { op: 'match' } as const];
  return (text) => run(program, [...text].map((character) => character.codePointAt(0)!));
}

function compile(root: RegexNode): Instruction[] {
  const program: Instruction[] = [];
  const emit = (instruction: Instruction): number => {
    if (program.length >= REGEX_INSTRUCTIONS_MAX) throw new RegexError('too large: its counted repetitions are written out');
    return program.push(instruction) - 1;
  };
  let visits = 0;
  const visit = (node: RegexNode): void => {
    visits += 1;
    if (visits > VISITS_MAX) throw new RegexError('too large: its counted repetitions are written out');
    switch (node.kind) {
      case 'set': emit({ op: 'character', takes: node.takes }); break;
      case 'anchor': emit({ op: node.at }); break;
      case 'sequence': node.items.forEach(visit); break;
      case 'choice': choose(node.branches); break;
      case 'repeat':
        for (let n = 0; n < node.least; n += 1) visit(node.item);
        if (node.most === null) loop(node.item);
        else optional(node.item, node.most - node.least);
    }
  };
  const choose = (branches: readonly RegexNode[]): void => {
    const [branch, ...rest] = branches;
    if (rest.length === 0) return void (branch === undefined || visit(branch));
    const split = { op: 'split' as const, first: 0, second: 0 };
    split.first = emit(split) + 1;
    visit(branch!);
    const jump = { op: 'jump' as const, to: 0 };
    split.second = emit(jump) + 1;
    choose(rest);
    jump.to = program.length;
  };
  const loop = (item: RegexNode): void => {
    const split = { op: 'split' as const, first: 0, second: 0 };
    const at = emit(split);
    split.first = at + 1;
    visit(item);
    emit({ op: 'jump', to: at });
    split.second = program.length;
  };
  const optional = (item: RegexNode, times: number): void => {
    const splits = Array.from({ length: times }, () => {
      const split = { op: 'split' as const, first: 0, second: 0 };
      split.first = emit(split) + 1;
      visit(item);
      return split;
    });
    for (const split of splits) split.second = program.length;
  };
  visit(root);
  return program;
}

function run(program: readonly Instruction[], text: readonly number[]): boolean {
  // The step at which an instruction was last entered: entering it twice at one step leads nowhere new.
  const entered = new Int32Array(program.length).fill(-1);
  let current: number[] = [];
  for (let at = 0; at <= text.length; at += 1) {
    const next: number[] = [];
    const waiting = [...current, 0];
    while (waiting.length > 0) {
      const place = waiting.pop()!;
      if (entered[place] === at) continue;
      entered[place] = at;
      const instruction = program[place]!;
      if (instruction.op === 'match') return true;
      if (instruction.op === 'split') waiting.push(instruction.first, instruction.second);
      else if (instruction.op === 'jump') waiting.push(instruction.to);
      else if (instruction.op === 'character') {
        if (at < text.length && instruction.takes(text[at]!)) next.push(place + 1);
      } else if (instruction.op === 'start' ? at === 0 : at === text.length) waiting.push(place + 1);
    }
    current = next;
  }
  return false;
}
