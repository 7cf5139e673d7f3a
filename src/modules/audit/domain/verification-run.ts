export const RUN_STATES = ['queued', 'running', 'passed', 'failed'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** A verification of the whole log that somebody or the night asked for. */
export interface VerificationRun {
  /** UUIDv7. */
  readonly id: string;
  /** A principal's id, or `night`. */
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly state: RunState;
  readonly finishedAt: Date | null;
  /** Leaves that are to be verified; 0 before it has looked. */
  readonly size: number;
  readonly verified: number;
  /** Sentences. */
  readonly mismatches: readonly string[];
}
