import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { Clock } from '#platform/system/clock.js';
import { Rereading } from '#platform/system/rereading.js';
import type { KvLook, KvStore } from '#platform/vault/kv-store.js';
import { VaultFailure } from '#platform/vault/vault-failure.js';
import type { Config } from './config.js';
import { storeOf } from './read-config.js';
import { renewedValue } from './renewed-value.js';
import { SECRET_METRICS } from './secret.metrics.js';
import { DirectoryLook, readLocal, type SettingSource, type SourceKind } from './setting-source.js';
import { Refused } from './value-source.js';
import type { RenewableName } from './variables.js';

/** How long an exchanged file waits; as a certificate does. */
export const LOOK_MILLIS = 10_000;
/** A server that is asked over the network, and may record that it was, is asked less often. */
export const VAULT_LOOK_MILLIS = 60_000;
/** Who was refused with a password waits so long for another: an operator's script changes one place and then the other. */
const SEEK_MILLIS = 5_000;
const SEEK_PAUSE_MILLIS = 250;
/** After a search without success nobody else waits: the next look is due by then. */
const SEEK_AGAIN_MILLIS = LOOK_MILLIS;

/** What was picked up: never the value. */
export interface Rotation {
  readonly setting: RenewableName;
  readonly source: SourceKind;
}

export interface SecretReloadParts {
  readonly config: Pick<Config, 'live' | 'production' | 'vault'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Rejects while the ledger cannot be written: asked again then. */
  readonly record: (rotation: Rotation) => Promise<void>;
}

type Changeable = Exclude<SettingSource, { kind: 'environment' }>;

/**
 * Reads settings anew while the process runs. What cannot be read, is not what the setting may be, or does not work is
 * told once, counted, and leaves the value before it in force; what is picked up is recorded in the ledger.
 */
export class SecretReload {
  readonly #logger = new Logger('secrets');
  readonly #rereading: Rereading;
  readonly #failing = new Map<RenewableName, string>();
  readonly #vault: KvStore | null;
  #unrecorded: Rotation[] = [];
  #looking: Promise<void> = Promise.resolve();
  #vaultDueMillis: number;
  #seeks = new Map<RenewableName, Promise<boolean>>();
  #seekAgainMillis = -Infinity;
  #isStopping = false;

  constructor(private readonly parts: SecretReloadParts) {
    const { config: { vault }, clock } = parts;
    this.#vault = vault === null ? null : storeOf(vault, clock);
    this.#vaultDueMillis = clock.monotonicMillis() + VAULT_LOOK_MILLIS;
    // Of a look as such nothing fails but the record, which is tried again.
    const report = { failed: (error: unknown) => this.#logger.warn('a secret that was exchanged is not recorded yet', { error }), recovered: () => this.#logger.log('exchanged secrets are recorded') };
    this.#rereading = new Rereading(LOOK_MILLIS, (isAsked) => this.turn(isAsked), report);
  }

  /** Nothing in a process none of whose settings can change. */
  start(): void {
    if (this.parts.config.live.changeable.length === 0) return;
    this.parts.config.live.soughtBy((name, used) => this.#seek(name, used));
    this.#rereading.start();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.parts.config.live.soughtBy(null);
    await this.#rereading.stop();
    await this.#looking.catch(() => undefined);
  }

  /** A look, and the record of what it and those before it picked up. */
  async turn(isAsked = false): Promise<void> {
    await this.look(isAsked);
    await this.#recordAll();
  }

  /**
   * One after another. `isAsked`: also at what is looked at more seldom. Waits for no record: that may wait for a
   * connection, and the connection for a look.
   */
  look(isAsked = false): Promise<void> {
    const turn = this.#looking.catch(() => undefined).then(() => this.#look(isAsked));
    this.#looking = turn;
    return turn;
  }

  async #look(isAsked: boolean): Promise<void> {
    const { config: { live }, clock } = this.parts;
    const isVaultDue = isAsked || clock.monotonicMillis() >= this.#vaultDueMillis;
    const due = live.changeable.filter(({ source }) => source.kind !== 'vault' || isVaultDue);
    if (isVaultDue && this.#vault !== null) {
      this.#vaultDueMillis = clock.monotonicMillis() + VAULT_LOOK_MILLIS;
      // What it means for the settings, they say themselves.
      await this.#vault.upkeep().catch(() => undefined);
    }
    const [directories, secrets] = [new DirectoryLook(), this.#vault?.look() ?? null];
    for (const { name, source } of due) await this.#lookAt(name, source, directories, secrets);
  }

  async #lookAt(name: RenewableName, source: Changeable, directories: DirectoryLook, secrets: KvLook | null): Promise<void> {
    const { config: { live, production }, metrics } = this.parts;
    const former = live.of(name) ?? '';
    try {
      const text = source.kind === 'vault' ? await fetched(source, secrets) : readLocal(source, directories);
      const value = renewedValue(name, text, former, { production });
      if (value !== former) {
        await live.renew(name, value);
        this.#rotated({ setting: name, source: source.kind });
      }
      if (this.#failing.delete(name)) this.#logger.log('a setting can be read anew again', { setting: name });
      metrics.set(SECRET_METRICS.secret_stale, 0, { setting: name });
    } catch (error) {
      this.#failed(name, error);
    }
  }

  #rotated(rotation: Rotation): void {
    this.parts.metrics.increment(SECRET_METRICS.secret_rotations_total, { setting: rotation.setting });
    this.#logger.log('a setting was read anew and is in force', { ...rotation });
    this.#unrecorded.push(rotation);
  }

  #failed(setting: RenewableName, error: unknown): void {
    const { metrics } = this.parts;
    metrics.increment(SECRET_METRICS.secret_read_failures_total, { setting });
    metrics.set(SECRET_METRICS.secret_stale, 1, { setting });
    const reason = error instanceof Refused || error instanceof VaultFailure ? error.message : error instanceof Error ? error.name : 'unknown';
    // Once for each reason, and not at every look while somebody mends it.
    if (this.#failing.get(setting) === reason) return;
    this.#failing.set(setting, reason);
    this.#logger.warn('a setting was not read anew: the value before it stays in force', { setting, reason });
  }

  async #recordAll(): Promise<void> {
    while (this.#unrecorded.length > 0) {
      await this.parts.record(this.#unrecorded[0]!);
      this.#unrecorded.shift();
    }
  }

  #seek(name: RenewableName, used: string): Promise<boolean> {
    const { config: { live }, clock } = this.parts;
    if (!live.changeable.some((each) => each.name === name) || clock.monotonicMillis() < this.#seekAgainMillis) return Promise.resolve(false);
    const seek = this.#seeks.get(name) ?? this.#untilAnother(name, used).finally(() => this.#seeks.delete(name));
    this.#seeks.set(name, seek);
    return seek;
  }

  async #untilAnother(name: RenewableName, used: string): Promise<boolean> {
    const { config: { live }, clock } = this.parts;
    const endMillis = clock.monotonicMillis() + SEEK_MILLIS;
    while (!this.#isStopping && clock.monotonicMillis() < endMillis) {
      await this.look(true);
      if (live.of(name) !== used) return true;
      await sleep(SEEK_PAUSE_MILLIS, undefined, { ref: false });
    }
    this.#seekAgainMillis = clock.monotonicMillis() + SEEK_AGAIN_MILLIS;
    return false;
  }
}

async function fetched({ reference }: Extract<SettingSource, { kind: 'vault' }>, secrets: KvLook | null): Promise<string> {
  if (secrets === null) throw new Refused('is a vault: reference, and there is no server to read it from');
  return secrets.read(reference);
}
