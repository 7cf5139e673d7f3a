import { AtomTransition, type ATN, type ATNState, NotSetTransition, RuleTransition, SetTransition, Token, type Transition, type Vocabulary } from 'antlr4ng';

/** A number from 0 to below `below`, from a seed that a failing test has printed. */
export type Draw = (below: number) => number;

export function drawsOf(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Beyond so many tokens, every choice is the shortest way out. */
const TOKENS_BEFORE_THE_END = 50;

/** Sentences of a grammar by a walk through its automaton: the same rules as for reading, read the other way round. */
export class Sentences {
  /** Tokens that it takes at least from a state to the end of its rule. */
  private readonly shortest = new Map<number, number>();

  /** @param texts what may stand for a token that is no fixed word, by its name. */
  constructor(private readonly atn: ATN, private readonly vocabulary: Vocabulary, private readonly texts: Readonly<Record<string, readonly string[]>>) {
    const states = atn.states.filter((state) => state !== null);
    for (const stop of atn.ruleToStopState) if (stop !== null) this.shortest.set(stop.stateNumber, 0);
    for (let changed = true; changed;) {
      changed = false;
      for (const state of states) {
        const least = Math.min(this.lengthFrom(state), ...state.transitions.map((transition) => this.lengthOver(transition)));
        changed ||= least < this.lengthFrom(state);
        if (least < Infinity) this.shortest.set(state.stateNumber, least);
      }
    }
  }

  private lengthFrom(state: ATNState): number {
    return this.shortest.get(state.stateNumber) ?? Infinity;
  }

  private lengthOver(transition: Transition): number {
    if (transition instanceof RuleTransition) return 1 + this.lengthFrom(transition.target) + this.lengthFrom(transition.followState);
    return (transition.label === null ? 0 : 1) + this.lengthFrom(transition.target);
  }

  draw(draw: Draw): readonly string[] {
    const tokens: string[] = [];
    this.walk(this.atn.ruleToStartState[0] as ATNState, tokens, draw);
    return tokens;
  }

  private walk(from: ATNState, tokens: string[], draw: Draw): void {
    const stop = this.atn.ruleToStopState[from.ruleIndex];
    for (let state = from; state !== stop;) {
      const transition = this.choose(state, tokens.length, draw);
      if (transition instanceof RuleTransition) {
        this.walk(transition.target, tokens, draw);
        state = transition.followState;
      } else {
        if (transition.label !== null) tokens.push(this.textFor(transition, draw));
        state = transition.target;
      }
    }
  }

  private choose({ transitions }: ATNState, written: number, draw: Draw): Transition {
    if (written < TOKENS_BEFORE_THE_END) return transitions[draw(transitions.length)] as Transition;
    return transitions.reduce((best, other) => (this.lengthOver(other) < this.lengthOver(best) ? other : best));
  }

  private textFor(transition: Transition, draw: Draw): string {
    if (!(transition instanceof AtomTransition || transition instanceof SetTransition) || transition instanceof NotSetTransition) throw new Error('the grammar has a token that this cannot draw');
    const types = transition.label?.toArray() ?? [];
    const type = types[draw(types.length)] as number;
    if (type === Token.EOF) return '';
    const literal = this.vocabulary.getLiteralName(type);
    if (literal !== null) return literal.slice(1, -1);
    const choices = this.texts[this.vocabulary.getSymbolicName(type) ?? ''] ?? [];
    if (choices.length === 0) throw new Error(`no text for the token ${this.vocabulary.getDisplayName(type)}`);
    return choices[draw(choices.length)] as string;
  }
}

/** A token taken out, put in, replaced or moved: mostly no sentence any more, and sometimes another one. */
export function mutated(tokens: readonly string[], pool: readonly string[], draw: Draw): readonly string[] {
  const changed = [...tokens];
  const at = draw(changed.length);
  const other = pool[draw(pool.length)] as string;
  const from = draw(changed.length);
  const deeds = [
    () => changed.splice(at, 1),
    () => changed.splice(at, 0, other),
    () => changed.splice(at, 1, other),
    () => changed.splice(at, 0, ...changed.splice(from, 1)),
  ];
  (deeds[draw(deeds.length)] as () => unknown)();
  return changed;
}
