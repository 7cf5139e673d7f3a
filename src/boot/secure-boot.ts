import { createHash } from 'node:crypto';
import type { Clock } from '#platform/system/clock.js';
import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import type { JsonValue } from '#pure/canonical-json/json-value.js';

/** Asked to stop before it was up: what was started is stopped again, and nothing is wrong. */
export class BootInterrupted extends Error {
  override readonly name = 'BootInterrupted';

  constructor(readonly signal: NodeJS.Signals) {
    super(`stopped by ${signal} on the way up`);
  }
}

export interface BootStage {
  readonly name: string;
  readonly durationMillis: number;
  /** What was found, where that is worth telling: nothing secret, nothing that differs from start to start without a reason. */
  readonly found: JsonValue;
  /** `sha256:` of the measurement before it (of nothing for the first), the name and what was found. */
  readonly measurement: string;
}

/**
 * The ordered stages from nothing to the first request. Each begins when the one before it has ended, and the first
 * failure ends the boot: there is no state in which the server answers with a stage left out.
 *
 * Each stage's measurement covers all before it, as a platform's registers do (TCG, "TPM 2.0 Library", part 1 §17): the
 * last one tells two starts apart that differed anywhere.
 */
export class SecureBoot {
  readonly #stages: BootStage[] = [];
  #underWay: string | null = null;

  /** `interruptedBy` names the signal that asked to stop, once one has: no further stage begins then. */
  constructor(
    private readonly clock: Clock,
    private readonly interruptedBy: () => NodeJS.Signals | null = () => null,
  ) {}

  /** Those that were passed, in their order. */
  get stages(): readonly BootStage[] {
    return [...this.#stages];
  }

  /** The stage that has begun and was not passed: once the boot has failed, the one that it failed at. */
  get underWay(): string | null {
    return this.#underWay;
  }

  /** @param find what the measurement is made of; by default the stage's name alone. */
  async stage<T>(name: string, run: () => Promise<T> | T, find: (value: T) => JsonValue = () => null): Promise<T> {
    const signal = this.interruptedBy();
    if (signal !== null) throw new BootInterrupted(signal);
    this.#underWay = name;
    const startedMillis = this.clock.monotonicMillis();
    const value = await run();
    const found = find(value);
    const before = this.#stages.at(-1)?.measurement ?? '';
    this.#stages.push({ name, durationMillis: Math.round(this.clock.monotonicMillis() - startedMillis), found, measurement: extended(before, name, found) });
    this.#underWay = null;
    return value;
  }
}

/** Injective: canonical JSON of a list (RFC 8785). */
export function extended(before: string, name: string, found: JsonValue): string {
  return `sha256:${createHash('sha256').update(canonicalJsonBytes([before, name, found])).digest('hex')}`;
}
