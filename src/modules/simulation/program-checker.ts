import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { TaskError, ThreadPool } from '#platform/threads/thread-pool.js';
import { Fault, type FaultPointer } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Method, Precision } from './domain/job.js';
import type { RunWork } from './domain/run-cost.js';
import { OPERATIONS_MAX } from './domain/run-limits.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { type CheckOrder, checkProgram, type ProgramCheck } from './worker/program-check.js';

/** What a program that may run will take. */
export interface ProgramNeeds {
  /** Active qubits. */
  readonly qubits: number;
  /** The one asked for, or what `automatic` came to. */
  readonly method: Method;
  readonly memoryBytes: number;
  readonly work: RunWork;
}

/** A program with the values of its inputs, and how it is to be run. */
export type Program = Omit<CheckOrder, 'limits'>;

const SOURCE = '/program/source';

/**
 * Programs up to this size are read on the main thread, where they take a few milliseconds at the measured 4 kB/ms, as
 * long as they expand to few operations: `h q;` on a thousand qubits is five characters and a thousand operations.
 */
const INLINE_BYTES_MAX = 16 * 1024;
const INLINE_OPERATIONS_MAX = 5_000;

/** One thread reads a megabyte in a quarter of a second; who comes while this many wait is told to come back. */
const QUEUE_MAX = 32;
const CHECK_MILLIS_MAX = 10_000;
const HEAP_MEBIBYTES_MAX = 512;

/** Reads programs before anything is spent on them. */
@Injectable()
export class ProgramChecker implements OnApplicationShutdown {
  /** Made when the first large program comes: most servers never see one. */
  private pool: ThreadPool<CheckOrder, ProgramCheck> | null = null;

  constructor(private readonly config: Config) {}

  /** Throws the fault that the program earns. */
  async check(program: Program): Promise<ProgramNeeds> {
    const { programBytesMax } = this.config.simulation;
    if (Buffer.byteLength(program.source, 'utf8') > programBytesMax) {
      throw Fault.at(SIMULATION_FAULTS['program-too-large'], SOURCE, 'program-too-large', `At most ${programBytesMax} bytes of UTF-8.`);
    }
    return this.needsOf(await this.read(program), program.precision);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.close();
  }

  private async read(program: Program): Promise<ProgramCheck> {
    const limits = { sourceBytesMax: this.config.simulation.programBytesMax, operationsMax: OPERATIONS_MAX };
    if (program.source.length <= INLINE_BYTES_MAX) {
      const inline = checkProgram({ ...program, limits: { ...limits, operationsMax: INLINE_OPERATIONS_MAX } });
      if (inline.ok || inline.code !== 'too-many-operations') return inline;
    }
    this.pool ??= new ThreadPool<CheckOrder, ProgramCheck>({
      taskFile: new URL('./worker/check-program.js', import.meta.url),
      size: 1,
      queueMax: QUEUE_MAX,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES_MAX },
    });
    try {
      return await this.pool.run({ ...program, limits }, { timeoutMillis: CHECK_MILLIS_MAX });
    } catch (cause) {
      // A timeout is our load or a program that defeats the parser's limits; neither is known to be the client's doing.
      if (cause instanceof TaskError && cause.reason !== 'failed') throw new Fault(REQUEST_FAULTS.unavailable, { headers: { 'Retry-After': '1' }, cause });
      throw cause;
    }
  }

  /** Memory is compared before the number of qubits: of the two it is the answer that tells what would help. */
  private needsOf(check: ProgramCheck, precision: Precision): ProgramNeeds {
    if (!check.ok) throw refusal(check);
    const { memoryBytesMax, qubitsMax } = this.config.simulation;
    if (check.peakBytes > BigInt(memoryBytesMax)) throw tooLarge(check.activeQubits, precision, check.peakBytes, memoryBytesMax);
    const isBeyond = check.method === 'statevector' && check.activeQubits > qubitsMax;
    const tooMany = isBeyond ? `The program uses ${check.activeQubits} qubits; ${qubitsMax} are allowed.` : check.refusal;
    if (tooMany !== null) throw refusal({ code: 'too-many-qubits', detail: tooMany });
    const { activeQubits, method, cost, evolutionsMax } = check;
    return { qubits: activeQubits, method, memoryBytes: Number(check.peakBytes), work: { cost, evolutionsMax } };
  }
}

/** What is wrong with an input is told at its value; the position is that of its declaration. */
function refusal({ code, detail, line, column, input, pointer: elsewhere }: Omit<Extract<ProgramCheck, { ok: false }>, 'ok'>): Fault {
  const at = elsewhere ?? (input === undefined ? SOURCE : code === 'missing-input' ? '/parameters' : `/parameters/${input.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  const pointer: FaultPointer = { pointer: at, code, detail, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
  return new Fault(SIMULATION_FAULTS[elsewhere === undefined ? 'invalid-program' : 'invalid-simulation'], { detail, pointers: [pointer] });
}

function tooLarge(qubits: number, precision: Precision, bytesRequired: bigint, bytesAllowed: number): Fault {
  return new Fault(SIMULATION_FAULTS['simulation-too-large'], {
    detail: `${qubits} qubits in ${precision} precision need ${bytesRequired} bytes of memory; ${bytesAllowed} are allowed.`,
    pointers: [{ pointer: SOURCE, code: 'too-large' }],
    // A decimal text where a JSON number would lose digits in most readers: from 49 qubits on.
    members: { bytesRequired: bytesRequired <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(bytesRequired) : String(bytesRequired), bytesAllowed },
  });
}
