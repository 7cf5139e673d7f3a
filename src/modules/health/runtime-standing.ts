import { Injectable } from '@nestjs/common';
import type { JsonValue } from '#pure/canonical-json/json-value.js';

/** One stage of the start that was passed. */
export interface PassedStage {
  readonly name: string;
  readonly durationMillis: number;
  /** What was found; nothing secret. */
  readonly found: JsonValue;
  /** `sha256:` over the measurement before it, the name and what was found. */
  readonly measurement: string;
}

/** A release that was signed, as it runs. */
export interface StandingRelease {
  /** Of its manifest: `sha256:` and hex. */
  readonly digest: string;
  readonly version: string;
  readonly epoch: number;
}

export interface Standing {
  /** Null: a checkout, run for development. */
  readonly release: StandingRelease | null;
  /** What keeps the process from more than it needs; whether each was there. */
  readonly hardening: Readonly<Record<string, boolean>>;
  /** `Seccomp:` of proc_pid_status(5); `unknown` where there is none. */
  readonly seccompMode: string;
  /** Known answers that were tried, and right. */
  readonly selfTests: number;
  /** In their order; grows until the process serves. */
  readonly stages: () => readonly PassedStage[];
}

/** What this process runs and in what it runs, as its start found it. Said by boot, read by who is asked about it. */
@Injectable()
export class RuntimeStanding {
  private standing: Standing = { release: null, hardening: {}, seccompMode: 'unknown', selfTests: 0, stages: () => [] };
  private recheckedAt: number | null = null;

  establish(standing: Standing): void {
    this.standing = standing;
  }

  get release(): StandingRelease | null {
    return this.standing.release;
  }

  get hardening(): Readonly<Record<string, boolean>> {
    return this.standing.hardening;
  }

  get seccompMode(): string {
    return this.standing.seccompMode;
  }

  get selfTests(): number {
    return this.standing.selfTests;
  }

  get stages(): readonly PassedStage[] {
    return this.standing.stages();
  }

  /** In milliseconds since 1970; null: not yet since the start. */
  get recheckedAtMillis(): number | null {
    return this.recheckedAt;
  }

  /** Every file of the release was read over, and is the one that was signed. */
  markRechecked(atMillis: number): void {
    this.recheckedAt = atMillis;
  }
}
