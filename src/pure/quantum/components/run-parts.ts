import type { ThreadTeam } from '../dense/thread-team.js';
import { evolvesOnce, methodNamed } from '../methods/method-table.js';
import type { SimulatedState } from '../methods/quantum-state.js';
import type { OutcomeCounter } from '../sampling/counts.js';
import type { PlanSampler } from '../sampling/plan-sampler.js';
import type { Abandoned, RunControl, ShotRange } from '../sampling/run-control.js';
import { TerminalSampler } from '../sampling/sample-terminal.js';
import { TrajectorySampler } from '../sampling/sample-trajectories.js';
import type { Precision } from '../statevector/state-vector.js';
import type { RunPart } from './choose-parts.js';
import { JoinedShots, componentSeed, widened } from './joined-shots.js';

/** Rows of outcomes that wait to be put together. */
const JOINED_BYTES_MAX = 16 * 2 ** 20;

export interface PartOptions {
  readonly precision: Precision;
  readonly team: ThreadTeam;
  readonly control: RunControl;
  /** States are read off when all shots are done, and stay until `release`. */
  readonly keepsStates: boolean;
}

/** What a result says of the arithmetic. */
export interface RunRemarks {
  readonly kernelVariant: string;
  readonly discardedWeight?: number;
}

interface StartedPart {
  readonly sampler: PlanSampler;
  /** Null: the sampler needs none. */
  readonly state: SimulatedState | null;
}

function begin({ plan, profile, method }: RunPart, { precision, team, control }: PartOptions): StartedPart {
  const record = methodNamed(method);
  const sampler = record.together?.sampler({ plan, profile }, control) ?? null;
  if (sampler !== null) return { sampler, state: null };
  if (!evolvesOnce(method, profile)) {
    const state = record.create(profile, precision, team);
    return { state, sampler: new TrajectorySampler(plan, state, control) };
  }
  const { state, steps } = record.begun?.(profile, precision, team) ?? { state: record.create(profile, precision, team), steps: 0 };
  return { state, sampler: new TerminalSampler(plan, state, control, steps) };
}

/** The parts of one run: each sampled by its own method, the outcomes of a shot put together. */
export class PartsRun {
  private readonly started = new Map<RunPart, StartedPart>();
  private readonly variants = new Set<string>();
  private discardedWeight: number | null = null;
  private progress = 0;

  constructor(private readonly parts: readonly RunPart[], private readonly classicalBits: number, private readonly options: PartOptions) {}

  sample(shots: ShotRange, counter: OutcomeCounter): Abandoned | null {
    const [only, ...others] = this.parts;
    if (only !== undefined && others.length === 0) return this.start(only, 0, 1).sampler.sample(shots, widened(counter, only.bits, this.classicalBits));
    const chunk = Math.max(1, Math.floor(JOINED_BYTES_MAX / Math.max(1, this.classicalBits / 8)));
    for (let done = 0; done < shots.count; done += chunk) {
      const range = { ...shots, first: shots.first + done, count: Math.min(chunk, shots.count - done) };
      const abandoned = this.sampleChunk(range, counter, chunk >= shots.count);
      if (abandoned !== null) return abandoned;
    }
    return null;
  }

  /** Of every part, once it has been sampled and as long as states are kept. */
  get states(): readonly { readonly part: RunPart; readonly state: SimulatedState }[] {
    return this.parts.flatMap((part) => {
      const state = this.started.get(part)?.state ?? null;
      return state === null ? [] : [{ part, state }];
    });
  }

  /** Once all has been sampled. Variants other than the plain one belong to one machine, which has one of them. */
  get remarks(): RunRemarks {
    for (const { state } of this.states) this.note(state);
    const [kernelVariant = 'plain'] = this.variants;
    return { kernelVariant, ...(this.discardedWeight === null ? {} : { discardedWeight: this.discardedWeight }) };
  }

  release(): void {
    for (const part of this.parts) this.end(part);
  }

  private sampleChunk(range: ShotRange, counter: OutcomeCounter, isOnly: boolean): Abandoned | null {
    const joined = new JoinedShots(range, this.classicalBits);
    for (const [i, part] of this.parts.entries()) {
      const { sampler } = this.start(part, i / this.parts.length, 1 / this.parts.length);
      const abandoned = sampler.sample({ ...range, seed: componentSeed(range.seed, i) }, joined.counterFor(part.bits));
      if (abandoned !== null) return abandoned;
      // Hundreds of states at once would take more addresses than there are.
      if (isOnly && !this.options.keepsStates) this.end(part);
    }
    return joined.tell(counter) ? null : 'counts-too-large';
  }

  private start(part: RunPart, from: number, share: number): StartedPart {
    const known = this.started.get(part);
    if (known !== undefined) return known;
    const control: RunControl = { ...this.options.control, onProgress: (fraction) => this.tellProgress(from + fraction * share) };
    const started = begin(part, { ...this.options, control });
    this.started.set(part, started);
    return started;
  }

  private end(part: RunPart): void {
    const state = this.started.get(part)?.state ?? null;
    if (state !== null) this.note(state);
    state?.release?.();
    this.started.delete(part);
  }

  private note({ kernelVariant, discardedWeight }: SimulatedState): void {
    if (kernelVariant !== undefined) this.variants.add(kernelVariant);
    if (discardedWeight !== undefined) this.discardedWeight = (this.discardedWeight ?? 0) + discardedWeight;
  }

  /** A second chunk of shots begins behind what the first has told. */
  private tellProgress(fraction: number): void {
    this.progress = Math.max(this.progress, fraction);
    this.options.control.onProgress(this.progress);
  }
}
