import type { Fact } from '#pure/policy/facts.js';
import type { MethodChoice } from '#pure/quantum/methods/method-table.js';
import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import type { ProgramLanguage } from '#pure/quantum/qasm/parse-program.js';
import type { ShownStatus } from './job-status.js';
import type { SIMULATION_ATTRIBUTES } from './simulation.permissions.js';

/** What runs are written in. */
export type Language = ProgramLanguage;
/** How the state is held. `automatic` is a wish of the client and resolved before a job is stored. */
/** Of a job: `automatic` is left where its circuits come to different ones, each of which stands in its result. */
export type JobMethod = MethodChoice;
/** Of one stored real number: 32 or 64 bits. Part of the order, because it changes counts. */
export type Precision = 'single' | 'double';

/** When it is run, never what comes of it. `high` goes before one's own others, `low` waits until nobody has anything else. */
export const PRIORITIES = ['low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** One circuit of a job of several: what it has of its own. The rest is the job's. */
export interface Item {
  /** Absent, as the next, in a sweep. */
  readonly language?: Language;
  readonly source?: string;
  readonly parameters: ProgramInputs;
  readonly name?: string;
}

/** What a job is asked to do: with these and the same engine version, the counts are the same for ever. */
export interface RunOrder {
  readonly language: Language;
  readonly source: string;
  /** Values for the inputs that the program declares. */
  readonly parameters: ProgramInputs;
  /** Circuits in the order in which their results are told; null: one, which is all that stands here. */
  readonly items: readonly Item[] | null;
  /** What is to be told of the run, as it was asked for and checked. */
  readonly outputs: readonly unknown[];
  /** As it was asked for and checked; null: none. */
  readonly noise: object | null;
  /** `sha256:` and the lower-case hex digest of the source's UTF-8 bytes; of several programs, of their digests, one a line. */
  readonly programDigest: string;
  /** `<repository>@<digest>` of the artifacts that programs were named by, each once, in the order of the request; empty: their text was sent. */
  readonly programReferences: readonly string[];
  readonly shots: number;
  /** 0 to 2^53 - 1. */
  readonly seed: number;
  readonly method: JobMethod;
  readonly precision: Precision;
}

/** A job as its readers see it: without the source, which can be a megabyte. */
export interface Job {
  readonly id: string;
  readonly projectId: string;
  /** Slugs never change, so the copy cannot go stale. */
  readonly projectSlug: string;
  /** The principal who asked for it. */
  readonly submittedBy: string;
  readonly name: string | null;
  readonly programDigest: string;
  readonly programReferences: readonly string[];
  readonly shots: number;
  readonly seed: number;
  readonly method: JobMethod;
  readonly precision: Precision;
  /** Circuits that it runs: 1, or those of a batch or sweep. */
  readonly items: number;
  /** Active qubits: those that some operation touches; of several circuits, the most. */
  readonly qubits: number;
  readonly priority: Priority;
  /** A job that has not finished then fails; null: it may wait and run for as long as it takes. */
  readonly deadline: Date | null;
  readonly status: ShownStatus;
  /** 0 to 1. */
  readonly progress: number;
  /** Stays true when the job ended by itself before its worker heard of the demand. */
  readonly cancelRequested: boolean;
  /** All three by the database's clock. */
  readonly createdAt: Date;
  /** Of the present or last run: null again when a job goes back to the queue. */
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly error: JobError | null;
  /** The ledger entry of the job's end; null until its run has. */
  readonly endEntryId: string | null;
  readonly signature: ResultSignature | null;
  /** Bytes of the stored result; null while there is none. */
  readonly resultSizeBytes: number | null;
}

/** Why a job failed, told to its owner: nothing of the server's inside is in it. */
export interface JobError {
  /**
   * Stable kebab-case code. `worker-lost` and `engine-failure` are ours; `time-limit`, `out-of-memory`,
   * `result-too-large` and `loop-limit` say that the same program will fail again; `deadline-passed` is the client's wish.
   */
  readonly code: 'worker-lost' | 'deadline-passed' | 'out-of-memory' | 'time-limit' | 'result-too-large' | 'loop-limit' | 'engine-failure';
  readonly detail: string;
}

/** Made by the ledger's process, never by the worker that made the result: a worker holds no key. */
export interface ResultSignature {
  readonly algorithm: string;
  readonly keyId: string;
  /** base64url, without padding, over the ASCII bytes of the result's digest. */
  readonly value: string;
}

/** Which part of which job. */
export interface PartOf {
  readonly jobId: string;
  readonly firstItem: number;
  readonly items: number;
  readonly firstShot: number;
}

/** What a part gave. */
export interface PartResult {
  readonly firstItem: number;
  readonly firstShot: number;
  readonly body: Buffer;
}

/** A job that this worker holds for as long as it renews the lease; `token` proves it in every later statement. */
export interface ClaimedJob extends RunOrder {
  readonly id: string;
  readonly projectId: string;
  /** The principal for whom it runs: named in the entry of its end, so that a receipt tells whose deed it was. */
  readonly submittedBy: string;
  readonly token: string;
  readonly memoryBytes: number;
  readonly priority: Priority;
  /** From its submission to this claim. */
  readonly waitedSeconds: number;
  /** Null: a whole job, or the merge of one whose parts are done. */
  readonly part: PartOf | null;
  /** 0: a job that was not cut. */
  readonly parts: number;
  /** What is to be merged; empty for all other jobs. */
  readonly results: readonly PartResult[];
  /** Whether there were others in the queue when it was claimed. */
  readonly othersWait: boolean;
}

/** What the worker thread made: the result's canonical bytes and what is said of it elsewhere. */
export interface FinishedRun {
  readonly body: Uint8Array<ArrayBuffer>;
  /** `sha256:` and hex, as it stands in the body's `digest`. */
  readonly digest: string;
  readonly engineVersion: string;
}

/** What conditions of rules ask of a job: the same that its list has columns for. */
export function attributesOf({ submittedBy, name, status, priority, method, precision, shots, qubits, createdAt }: Job): Record<keyof typeof SIMULATION_ATTRIBUTES, Fact> {
  return { createdBy: submittedBy, name, status, priority, method, precision, shots, qubits, createdAt };
}
