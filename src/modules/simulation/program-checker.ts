import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { Clock } from '#platform/system/clock.js';
import { FairTurns } from '#platform/threads/fair-turns.js';
import { TaskError, type ThreadPool } from '#platform/threads/thread-pool.js';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import { Fault, type FaultPointer } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { RunMethod } from '#pure/quantum/methods/method-table.js';
import type { LeastBytes } from '#pure/quantum/outputs/least-bytes.js';
import { isTooSlow } from './domain/check-pace.js';
import type { Precision } from './domain/job.js';
import type { TimedWork } from './domain/run-time.js';
import { ITEMS_OPERATIONS_MAX, OPERATIONS_MAX } from './domain/run-limits.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import type { ItemPlaces, RequestedItem } from './requested-items.js';
import type { CheckTask } from './worker/check-program.js';
import { PRACTICE, WARM_AFTER_MILLIS } from './worker/practice.js';
import type { CheckOrder, ProgramCheck } from './worker/program-check.js';

/** What a program will take. */
export interface ProgramNeeds {
  readonly declaredQubits: number;
  /** Active qubits. */
  readonly qubits: number;
  /** The one asked for, or what `automatic` came to. */
  readonly method: RunMethod;
  /** Exact, where it is more than a number holds. */
  readonly peakBytes: bigint;
  readonly work: readonly TimedWork[];
  readonly resultBytes: LeastBytes;
}

export interface Assessment {
  readonly needs: ProgramNeeds;
  /** What a program that is right in itself earns for needing more memory than there is; else null. */
  readonly tooLarge: Fault | null;
}

/** How all circuits of an order are to be run. */
export type RunWishes = Omit<CheckOrder, 'limits' | 'language' | 'source' | 'parameters'>;

/**
 * A thread reads a megabyte in a quarter of a second and tries out what a state would hold in a tenth: never on the main
 * thread, where everybody would wait for it. Where there are cores for it two, so that small programs pass a large one;
 * and whoever sends many waits behind everybody else's next.
 */
const threadsOf = ({ threads }: Config['simulation']): number => (threads >= 4 ? 2 : 1);
/** Of one principal; who comes while so many wait is told to come back. */
const QUEUE_MAX = 32;
const CHECK_MILLIS_MAX = 10_000;
/** For who is refused by the pace: the next second will be no other. */
const PACE_RETRY_SECONDS = 10;
const HEAP_MEBIBYTES_MAX = 512;

/** Reads programs before anything is spent on them. */
@Injectable()
export class ProgramChecker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly pool: ThreadPool<CheckTask, readonly ProgramCheck[]>;
  private warming: NodeJS.Timeout | null = null;
  private readonly turns: FairTurns;

  constructor(private readonly config: Config, private readonly clock: Clock, roster: ThreadRoster) {
    const size = threadsOf(config.simulation);
    this.pool = roster.pool('programs', { taskFile: new URL('./worker/check-program.js', import.meta.url), size, resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES_MAX } });
    this.turns = new FairTurns(size, QUEUE_MAX, () => busy());
  }

  onApplicationBootstrap(): void {
    if (this.config.simulation.warmsUp) this.warming = setTimeout(() => this.warmUp(), WARM_AFTER_MILLIS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.warming !== null) clearTimeout(this.warming);
    await this.pool.close();
  }

  /** On behalf of the principal of this id. Throws the fault that the first wrong program earns. */
  async assess(principalId: string, items: readonly RequestedItem[], wishes: RunWishes): Promise<readonly Assessment[]> {
    const startedMillis = this.clock.monotonicMillis();
    const assessments: Assessment[] = [];
    let operationsLeft = items.length === 1 ? OPERATIONS_MAX : ITEMS_OPERATIONS_MAX;
    while (assessments.length < items.length) {
      if (isTooSlow(textOf(items.slice(0, assessments.length)), textOf(items), this.clock.monotonicMillis() - startedMillis)) throw busy(undefined, PACE_RETRY_SECONDS);
      for (const check of await this.read(principalId, items.slice(assessments.length), wishes, operationsLeft)) {
        const { places } = items[assessments.length] as RequestedItem;
        if (check.ok) operationsLeft -= check.operations;
        assessments.push(this.assessmentOf(check, wishes.precision, places));
      }
    }
    return assessments;
  }

  /** The first program waits neither for a thread to load nor for its code to be compiled. */
  private warmUp(): void {
    const asked = { parameters: {}, precision: 'single', method: 'automatic', outputs: undefined, noise: undefined, limits: this.limits } as const;
    this.pool.practise(PRACTICE.map(({ language, source }) => ({ order: { language, source, ...asked }, items: [{ language, parameters: {} }], operationsLeft: OPERATIONS_MAX })));
  }

  private get limits(): CheckOrder['limits'] {
    return { sourceBytesMax: this.config.simulation.programBytesMax, operationsMax: OPERATIONS_MAX };
  }

  /** One turn: as many of them as it has time for, one at least; none after one that is wrong. */
  private async read(principalId: string, items: readonly RequestedItem[], wishes: RunWishes, operationsLeft: number): Promise<readonly ProgramCheck[]> {
    const [{ language, source, parameters }] = items as [RequestedItem];
    const order: CheckOrder = { language, source, parameters, ...wishes, limits: this.limits };
    // The points of a sweep share their source, which need not be copied for each.
    const more = items.map((item) => ({ language: item.language, parameters: item.parameters, ...(item.source === source ? {} : { source: item.source }) }));
    try {
      return await this.turns.run(principalId, () => this.pool.run({ order, items: more, operationsLeft }, { timeoutMillis: CHECK_MILLIS_MAX }));
    } catch (cause) {
      // A timeout is our load or a program that defeats the parser's limits; neither is known to be the client's doing.
      if (cause instanceof TaskError && cause.reason !== 'failed') throw busy(cause);
      throw cause;
    }
  }

  /** Memory is compared before the number of qubits: of the two it is the answer that tells what would help. */
  private assessmentOf(check: ProgramCheck, precision: Precision, places: ItemPlaces): Assessment {
    if (!check.ok) throw refusal(check, places);
    const { memoryBytesMax, qubitsMax } = this.config.simulation;
    const { qubits: declaredQubits, activeQubits, stateVectorQubits, method, peakBytes, work, resultBytes } = check;
    const needs: ProgramNeeds = { declaredQubits, qubits: activeQubits, method, peakBytes, work, resultBytes };
    if (peakBytes > BigInt(memoryBytesMax)) return { needs, tooLarge: tooLarge(activeQubits, precision, peakBytes, memoryBytesMax, places) };
    const tooMany = stateVectorQubits > qubitsMax ? `The program uses ${stateVectorQubits} qubits; ${qubitsMax} are allowed.` : check.refusal;
    if (tooMany !== null) throw refusal({ code: 'too-many-qubits', detail: tooMany }, places);
    return { needs, tooLarge: null };
  }
}

function textOf(items: readonly RequestedItem[]): number {
  return items.reduce((sum, { source }) => sum + source.length, 0);
}

function busy(cause?: unknown, retryAfterSeconds = 1): Fault {
  return new Fault(REQUEST_FAULTS.unavailable, { headers: { 'Retry-After': String(retryAfterSeconds) }, cause });
}

/** What is wrong with an input is told at its value; the position is that of its declaration. */
function refusal({ code, detail, line, column, input, pointer: elsewhere }: Omit<Extract<ProgramCheck, { ok: false }>, 'ok'>, places: ItemPlaces): Fault {
  const at = elsewhere ?? (input === undefined ? places.source : code === 'missing-input' ? places.parameters : places.parameter(input));
  const pointer: FaultPointer = { pointer: at, code, detail, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
  return new Fault(SIMULATION_FAULTS[elsewhere === undefined ? 'invalid-program' : 'invalid-simulation'], { detail, pointers: [pointer] });
}

function tooLarge(qubits: number, precision: Precision, bytesRequired: bigint, bytesAllowed: number, places: ItemPlaces): Fault {
  return new Fault(SIMULATION_FAULTS['simulation-too-large'], {
    detail: `${qubits} qubits in ${precision} precision need ${bytesRequired} bytes of memory; ${bytesAllowed} are allowed.`,
    pointers: [{ pointer: places.source, code: 'too-large' }],
    members: { bytesRequired: exactBytes(bytesRequired), bytesAllowed },
  });
}

/** A decimal text where a JSON number would lose digits in most readers: from 49 qubits on. */
export function exactBytes(bytes: bigint): number | string {
  return bytes <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(bytes) : String(bytes);
}
