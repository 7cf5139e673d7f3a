import type { SettingSource, SourceKind } from './setting-source.js';
import type { RenewableName } from './variables.js';

/** One setting that may be another while the process runs. */
export interface LiveSetting {
  readonly name: RenewableName;
  readonly value: string;
  readonly source: SettingSource;
}

/**
 * Whoever holds something open under a setting (a pool, a connection) takes the new value over; `prove` may reject one
 * that does not work, and is asked before anything is changed.
 */
export interface Adopter {
  prove(value: string): Promise<void>;
  adopt(value: string): Promise<void>;
}

/** Asked by who was refused with a value: resolves once there is another, false when there is none in time. */
type Seeker = (name: RenewableName, used: string) => Promise<boolean>;

/**
 * The settings that are read anew. The configuration shows them by getters, so that whoever reads one at each use has
 * the one of the moment; who keeps what was made of it registers as an adopter.
 */
export class LiveSettings {
  readonly #settings = new Map<RenewableName, { value: string; readonly source: SettingSource }>();
  readonly #adopters = new Map<RenewableName, Adopter[]>();
  #seeker: Seeker | null = null;

  constructor(settings: readonly LiveSetting[] = []) {
    for (const { name, value, source } of settings) this.#settings.set(name, { value, source });
  }

  /** Null where it was not given. */
  of(name: RenewableName): string | null {
    return this.#settings.get(name)?.value ?? null;
  }

  sourceOf(name: RenewableName): SourceKind | null {
    return this.#settings.get(name)?.source.kind ?? null;
  }

  /** Those that stand somewhere where they can change: not in the environment of a process. */
  get changeable(): readonly { readonly name: RenewableName; readonly source: Exclude<SettingSource, { kind: 'environment' }> }[] {
    return [...this.#settings].flatMap(([name, { source }]) => (source.kind === 'environment' ? [] : [{ name, source }]));
  }

  adoptBy(name: RenewableName, adopter: Adopter): void {
    this.#adopters.set(name, [...(this.#adopters.get(name) ?? []), adopter]);
  }

  /** For who reads settings anew. Rejects, with the former value in force, where somebody could not work with it. */
  async renew(name: RenewableName, value: string): Promise<void> {
    const setting = this.#settings.get(name);
    if (setting === undefined) throw new Error(`${name} was not given at the start`);
    const adopters = this.#adopters.get(name) ?? [];
    for (const adopter of adopters) await adopter.prove(value);
    setting.value = value;
    for (const adopter of adopters) await adopter.adopt(value);
  }

  soughtBy(seeker: Seeker | null): void {
    this.#seeker = seeker;
  }

  /** True where another value is in force than the one that was used, perhaps after a look for one. */
  async another(name: RenewableName, used: string): Promise<boolean> {
    if (this.of(name) !== used) return true;
    return (await this.#seeker?.(name, used)) ?? false;
  }
}
