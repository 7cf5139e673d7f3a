import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Readiness } from '../readiness.js';

/** Between the end of one check and the start of the next: at most one a second, and never two at once. */
const TICK_MILLIS = 1_000;

@Injectable()
export class ReadinessTick implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly readiness: Readiness) {}

  /** Nest's last hook before the server listens: the first result is there when the first probe asks. */
  async onApplicationBootstrap(): Promise<void> {
    this.go();
    await this.running;
  }

  /** Waits for the check that is under way, since the pools close after this. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private go(): void {
    this.running = this.readiness.check().finally(() => {
      if (!this.stopped) this.timer = setTimeout(() => this.go(), TICK_MILLIS).unref();
    });
  }
}
