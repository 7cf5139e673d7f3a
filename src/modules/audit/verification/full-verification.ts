import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '#platform/system/clock.js';
import { Findings, type Verification } from './findings.js';
import { LogCheck, PAGE_CHECKPOINTS, type Standpoint } from './log-check.js';

export interface Pace {
  /** After a page it rests as long as the page took: beside a working log it takes half of what it could. */
  readonly isPolite: boolean;
  /** Told after every page how far it has come; false makes it stop. */
  readonly onPage: (verified: number, size: number) => Promise<boolean>;
}

const AT_ONCE: Pace = { isPolite: false, onPage: () => Promise.resolve(true) };

/** The whole log, from the first entry's bytes to the last checkpoint's signatures, as of its start. */
@Injectable()
export class FullVerification {
  constructor(
    private readonly check: LogCheck,
    private readonly clock: Clock,
  ) {}

  /** Null when `onPage` stopped it. */
  async run(pace: Pace = AT_ONCE): Promise<Verification | null> {
    const findings = new Findings();
    const standpoint = await this.check.standpoint();
    const size = standpoint.head?.size ?? 0;
    for await (const verified of this.pages(standpoint, findings, pace)) {
      if (!(await pace.onPage(verified, size))) return null;
    }
    await this.check.leavesBeyondHead(findings);
    return { size, mismatches: findings.mismatches };
  }

  /** Every page of every kind, one after the other; yields the leaves that are verified. */
  private async *pages(standpoint: Standpoint, findings: Findings, pace: Pace): AsyncGenerator<number> {
    const { head } = standpoint;
    let leaves = 0;
    const steps: readonly (() => Promise<boolean>)[] = [
      async () => head !== null && (leaves = await this.check.leaves(leaves, head, findings)) < head.size,
      chain(0, (after) => this.check.checkpoints(after, PAGE_CHECKPOINTS, standpoint, findings)),
      chain(0n, (position) => this.check.entriesWithoutLeaf(position, findings)),
    ];
    for (const step of steps) {
      for (let isMore = true; isMore && !findings.isFull; ) {
        const began = this.clock.monotonicMillis();
        isMore = await step();
        if (pace.isPolite) await sleep(this.clock.monotonicMillis() - began);
        yield leaves;
      }
    }
  }
}

/** A step that goes on from where the one before it came to, until there is nothing more. */
function chain<T>(start: T, next: (from: T) => Promise<T | null>): () => Promise<boolean> {
  let position = start;
  return async () => {
    const reached = await next(position);
    if (reached !== null) position = reached;
    return reached !== null;
  };
}
