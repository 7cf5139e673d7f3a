import { Injectable } from '@nestjs/common';

interface LateDriver {
  readonly isConfigured: boolean;
  readonly load: () => Promise<unknown>;
}

/**
 * Libraries that are loaded when they are first used: most installations never use them, and all would wait for them at every
 * start. A process that gives up rights when it has started loads those that it may use before.
 */
@Injectable()
export class Drivers {
  readonly #late = new Map<string, LateDriver>();

  /** @param isConfigured whether this installation may ever use it. Returns what loads it, once. */
  late<T>(name: string, isConfigured: boolean, load: () => Promise<T>): () => Promise<T> {
    this.#late.set(name, { isConfigured, load });
    return load;
  }

  /** Loads those that are configured, and names them. */
  async loadConfigured(): Promise<readonly string[]> {
    const configured = [...this.#late].filter(([, { isConfigured }]) => isConfigured);
    await Promise.all(configured.map(([, { load }]) => load()));
    return configured.map(([name]) => name).sort();
  }
}
