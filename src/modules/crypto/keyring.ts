import { createHmac, type KeyObject } from 'node:crypto';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { leaveToCommit, type Tx, type UnitOfWork } from '#platform/database/unit-of-work.js';
import type { VersionCounters } from '#platform/database/version-counters.js';
import type { Clock } from '#platform/system/clock.js';
import type { Randomness } from '#platform/system/randomness.js';
import { CRYPTO_FAULTS } from './domain/crypto.faults.js';
import { KEY_PURPOSE_NAMES, KEY_PURPOSES, type KeyHolder, type KeyPurpose, mayBecome, type PublicKeyVersion, type SignatureAlgorithmName, type WrappedKeyVersion } from './domain/key-version.js';
import { type KeyringView, type PastVersion, pastVersionOf, type Signer, signerOf, type Verifier, verifierOf } from './keyring-view.js';
import { unwrapPrivateKey, WRAP_NONCE_BYTES, wrappingKey, wrapPrivateKey } from './key-wrapping.js';
import type { KeyVersionRepository } from './persistence/key-version.repository.js';
import type { HouseKey } from './house-key.js';
import { Sealer } from './sealer.js';
import { sealingKey } from './sealing.js';
import { keyThumbprint, SIGNATURE_ALGORITHMS } from './signature-algorithms.js';

/** A generated and wrapped key that is not in the keyring yet: made outside the transaction that will insert it. */
export type PreparedKey = WrappedKeyVersion;

/** Records, in the transaction that inserts it, that version 1 of a purpose was made: if it rejects, there is no key. */
export type FirstKeyRecord = (tx: Tx, key: Pick<PublicKeyVersion, 'id' | 'purpose' | 'version' | 'algorithm'>) => Promise<void>;

export interface KeyringDependencies {
  /** The database logins of this process: each holder's rows are reached by its own login alone. */
  readonly logins: Readonly<Partial<Record<KeyHolder | 'worker', UnitOfWork>>>;
  readonly rows: KeyVersionRepository;
  readonly counters: VersionCounters;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Told of rows that this house's key did not write: an alarm, and the row is as if it were not there. */
  readonly onForeignRow: (row: PublicKeyVersion) => void;
  /** Of versions that are made from now on, where they are not the purpose's own. */
  readonly algorithms?: Readonly<Partial<Record<KeyPurpose, SignatureAlgorithmName>>>;
  /** Told of every time that the rows are read again. */
  readonly onLoad?: () => void;
}

/** How long the verifiers may lag behind the database when the caller does not say which version it needs. */
const UNPROMPTED_STALENESS_MILLIS = 1000;

const SYSTEM = systemPrincipal('keyring');
const DERIVED_PURPOSE = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * Key versions as handles: what it gives out signs and verifies, and no bytes of a private key leave it.
 *
 * Terms as in a Vault barrier: each purpose has one active version, earlier ones still verify, and every change of
 * any version moves the counter `keyring` in its own transaction. A view of the rows is made once per value of that
 * counter. In a process that holds a purpose, a row counts only if its wrapped key opens under the house's key and
 * belongs to its public key, so that who can write the table still cannot introduce a key. Processes that hold
 * nothing (workers) must believe the public columns.
 */
export class Keyring {
  readonly #deps: KeyringDependencies;
  readonly #wrappingKeys = new Map<KeyPurpose, KeyObject>();
  readonly #macKeys = new Map<string, KeyObject>();
  readonly #sealingKeys = new Map<string, KeyObject>();
  #house: HouseKey | null = null;
  #recordFirst: FirstKeyRecord | null = null;
  #view: KeyringView | null = null;
  #viewCheckedAtMillis = 0;
  #loading: Promise<KeyringView> | null = null;

  constructor(deps: KeyringDependencies) {
    this.#deps = deps;
  }

  /** Purposes whose private keys this process may unwrap, once unsealed. */
  get heldPurposes(): readonly KeyPurpose[] {
    return KEY_PURPOSE_NAMES.filter((purpose) => this.#deps.logins[KEY_PURPOSES[purpose].holder] !== undefined);
  }

  /** Until then everything that needs a private key or a mac is refused with 503. */
  unseal(house: HouseKey, recordFirst: FirstKeyRecord): void {
    this.#house = house;
    this.#recordFirst = recordFirst;
    this.#view = null;
    for (const purpose of this.heldPurposes) this.#wrappingKeys.set(purpose, wrappingKey(house, purpose));
  }

  /** Drops every key that it holds; handles that were given out go on working until whoever holds them lets them go. */
  dropKeys(): void {
    this.#house = null;
    this.#view = null;
    for (const keys of [this.#wrappingKeys, this.#macKeys, this.#sealingKeys]) keys.clear();
  }

  /**
   * The active version's signer; makes version 1 where a purpose has none. Compares the counter at every call, since
   * a signature by a key that was revoked a moment ago is worth nothing.
   */
  async signer(purpose: KeyPurpose): Promise<Signer> {
    this.#wrappingKeyOf(purpose);
    const known = (await this.#refresh()).signers.get(purpose);
    if (known !== undefined) return known;
    await this.#createFirst(purpose);
    const made = (await this.#refresh()).signers.get(purpose);
    if (made === undefined) throw new Fault(CRYPTO_FAULTS['keyring-sealed'], { cause: `no usable active key version for ${purpose}` });
    return made;
  }

  /**
   * Every version that still verifies, oldest first. With `atLeastVersion`, a value of the counter that the caller
   * read, nothing older than that is given out: this makes a revocation exact. Without it, up to a second old.
   */
  async verifiers(purpose: KeyPurpose, atLeastVersion?: number): Promise<readonly Verifier[]> {
    return (await this.#viewFor(atLeastVersion)).verifiers.get(purpose) ?? [];
  }

  /**
   * Every version that there has been, oldest first, the revoked too: for what was signed while a version was good,
   * and by who knows from something else than the signature when that was. Read anew at each call. Of purposes that this
   * process holds, only rows that this house's key wrote.
   */
  async everyVersion(purpose: KeyPurpose): Promise<readonly PastVersion[]> {
    const { holder } = KEY_PURPOSES[purpose];
    const kek = this.#wrappingKeys.get(purpose);
    const login = this.#deps.logins[holder];
    if (login === undefined || kek === undefined) return (await this.#readingLogin().run(SYSTEM, (tx) => this.#deps.rows.ofPurpose(tx, purpose))).map(pastVersionOf);
    const rows = await login.run(SYSTEM, (tx) => this.#deps.rows.wrappedOf(tx, holder, purpose));
    return rows.filter((row) => unwrapPrivateKey(kek, row) !== null).map(pastVersionOf);
  }

  /**
   * The verifier of one key id, or null. A key id that is not known here may have been made by another replica a
   * moment ago, so the counter is asked again. Strangers choose key ids: those askings are coalesced into one at a
   * time, and a caller behind a rate limit is assumed.
   */
  async verifier(purpose: KeyPurpose, keyId: string, atLeastVersion?: number): Promise<Verifier | null> {
    const byId = (verifiers: readonly Verifier[]): Verifier | null => verifiers.find((verifier) => verifier.keyId === keyId) ?? null;
    const known = byId(await this.verifiers(purpose, atLeastVersion));
    return known ?? byId((await this.#refresh()).verifiers.get(purpose) ?? []);
  }

  /**
   * HMAC-SHA-256, 32 bytes, under a key of this purpose: digests of identifiers that the database's reader cannot
   * search through. The purpose is a constant of the caller, e.g. `login-throttle`. Of a text its UTF-8, of which no buffer
   * is made: people type passwords where their names should be.
   */
  mac(purpose: string, input: string | Uint8Array): Buffer {
    return createHmac('sha256', this.macKey(purpose)).update(input).digest();
  }

  /** The key of `mac`, for threads of this engine that make many. */
  macKey(purpose: string): KeyObject {
    return this.#derived(this.#macKeys, purpose, (house) => house.derive(`quantonium/mac/v1/${purpose}`));
  }

  /** Whether this process has opened its seal: not before boot has, and never in one that only works. */
  get isUnsealed(): boolean {
    return this.#house !== null;
  }

  /** Seals under a key of this purpose, a constant of the caller, e.g. `webhook-secret`. */
  sealer(purpose: string): Sealer {
    return new Sealer(() => this.#derived(this.#sealingKeys, purpose, (house) => sealingKey(house, purpose)), this.#deps.randomness);
  }

  /** Keys that follow from the house's key and a constant are derived once. */
  #derived(known: Map<string, KeyObject>, purpose: string, derive: (house: HouseKey) => KeyObject): KeyObject {
    let key = known.get(purpose);
    if (key === undefined) {
      if (!DERIVED_PURPOSE.test(purpose)) throw new Error('the purpose of a derived key is a short constant in lower case');
      key = derive(this.#unsealedHouse());
      known.set(purpose, key);
    }
    return key;
  }

  /** The login that reaches a purpose's rows: changes of its versions, and what records them, go through it. */
  unitOf(purpose: KeyPurpose): UnitOfWork {
    const login = this.#deps.logins[KEY_PURPOSES[purpose].holder];
    if (login === undefined) throw new Fault(CRYPTO_FAULTS['keyring-sealed'], { cause: `this process does not hold ${purpose} keys` });
    return login;
  }

  /** Every version of a purpose, the revoked too; no other transaction changes any of any purpose until this one has ended. */
  async lockVersions(tx: Tx, purpose: KeyPurpose): Promise<readonly PublicKeyVersion[]> {
    await this.#deps.counters.bump(tx, 'keyring');
    return this.#deps.rows.ofPurpose(tx, purpose);
  }

  /** Whether this house's key wrote the row. Nobody else's becomes what signs, whoever put it there. */
  async opens(tx: Tx, { purpose, id }: Pick<PublicKeyVersion, 'purpose' | 'id'>): Promise<boolean> {
    const kek = this.#wrappingKeyOf(purpose);
    const row = (await this.#deps.rows.wrappedOf(tx, KEY_PURPOSES[purpose].holder, purpose)).find((each) => each.id === id);
    return row !== undefined && unwrapPrivateKey(kek, row) !== null;
  }

  /** Generates and wraps the next version of a purpose. Outside any transaction: it takes milliseconds of CPU. */
  async prepare(purpose: KeyPurpose): Promise<PreparedKey> {
    const existing = await this.unitOf(purpose).run(SYSTEM, (tx) => this.#deps.rows.ofPurpose(tx, purpose));
    return this.#generate(purpose, (existing.at(-1)?.version ?? 0) + 1);
  }

  /** Publishes a prepared key as `next`. Refused with 409 when another one came between, or is `next` already. */
  async announce(tx: Tx, prepared: PreparedKey): Promise<void> {
    const existing = await this.lockVersions(tx, prepared.purpose);
    const taken = (existing.at(-1)?.version ?? 0) >= prepared.version;
    if (taken || existing.some((key) => key.state === 'next')) throw new Fault(CRYPTO_FAULTS['key-transition-refused']);
    await this.#deps.rows.insert(tx, { ...prepared, state: 'next', stateSince: this.#deps.clock.now() });
  }

  /**
   * `next` becomes active, the active one retires. How long `next` must have been published before, and until when
   * the retiring one must verify, depends on who caches and what was signed: the caller's to keep, and to record.
   */
  async rotate(tx: Tx, purpose: KeyPurpose): Promise<{ readonly keyId: string; readonly version: number }> {
    const existing = await this.lockVersions(tx, purpose);
    const next = existing.find((key) => key.state === 'next');
    if (next === undefined) throw new Fault(CRYPTO_FAULTS['key-transition-refused'], { detail: 'No next key has been announced.' });
    const now = this.#deps.clock.now();
    // In this order: the database allows one active version a purpose at every instant.
    const active = existing.find((key) => key.state === 'active');
    if (active !== undefined) await this.#deps.rows.setState(tx, active, 'retiring', now);
    await this.#deps.rows.setState(tx, next, 'active', now);
    return { keyId: next.id, version: next.version };
  }

  /** From the commit on, the version verifies nothing, on every replica. An active one needs a successor: rotate. */
  async revoke(tx: Tx, purpose: KeyPurpose, keyId: string): Promise<void> {
    const key = (await this.lockVersions(tx, purpose)).find(({ id }) => id === keyId);
    if (key === undefined || !mayBecome(key.state, 'revoked')) throw new Fault(CRYPTO_FAULTS['key-transition-refused']);
    await this.#deps.rows.setState(tx, key, 'revoked', this.#deps.clock.now());
  }

  /** Two replicas may both come here: both generate, one inserts under the counter's lock, the other's key is dropped. */
  async #createFirst(purpose: KeyPurpose): Promise<void> {
    const first = await this.#generate(purpose, 1);
    await this.unitOf(purpose).run(SYSTEM, async (tx) => {
      if ((await this.lockVersions(tx, purpose)).length > 0) return;
      await this.#deps.rows.insert(tx, first);
      await this.#recordFirst!(tx, first); // There is no wrapping key, and no `first`, before it is unsealed.
    });
  }

  async #generate(purpose: KeyPurpose, version: number): Promise<PreparedKey> {
    const kek = this.#wrappingKeyOf(purpose);
    const algorithm = this.#deps.algorithms?.[purpose] ?? KEY_PURPOSES[purpose].algorithm;
    const { publicKey, privateKey } = await SIGNATURE_ALGORITHMS[algorithm].generate();
    const now = this.#deps.clock.now();
    const identity = { id: keyThumbprint(algorithm, publicKey), purpose, version };
    const nonce = this.#deps.randomness.bytes(WRAP_NONCE_BYTES);
    return {
      ...identity,
      algorithm,
      state: 'active',
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      wrappedPrivateKey: wrapPrivateKey(kek, identity, privateKey, nonce),
      nonce,
      createdAt: now,
      stateSince: now,
    };
  }

  async #viewFor(atLeastVersion: number | undefined): Promise<KeyringView> {
    const view = this.#view;
    if (view !== null) {
      const ageMillis = this.#deps.clock.monotonicMillis() - this.#viewCheckedAtMillis;
      if (atLeastVersion === undefined ? ageMillis < UNPROMPTED_STALENESS_MILLIS : view.version >= atLeastVersion) return view;
    }
    return this.#refresh();
  }

  /** The view as of now. Loads are coalesced, but never joined late: the one in flight may have read before the call. */
  async #refresh(): Promise<KeyringView> {
    if (this.#loading !== null) await this.#loading.catch(() => undefined);
    this.#loading ??= this.#load().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #load(): Promise<KeyringView> {
    const startedAtMillis = this.#deps.clock.monotonicMillis();
    this.#deps.onLoad?.();
    const house = this.#house;
    const known = this.#view;
    const view = known !== null && (await this.#versionNow()) === known.version ? known : await this.#read();
    // Unsealed while this was loading: what was built may be half a view, and must not be kept.
    if (this.#house !== house) return this.#load();
    this.#view = view;
    this.#viewCheckedAtMillis = startedAtMillis;
    return view;
  }

  /** In one round trip: nearly always it is what it was, and every signature waits for it. */
  async #versionNow(): Promise<number> {
    const { asked } = await this.#readingLogin().run(SYSTEM, async (tx) => {
      const asked = this.#deps.counters.current(tx, 'keyring');
      leaveToCommit(tx, asked);
      return { asked };
    });
    return asked;
  }

  async #read(): Promise<KeyringView> {
    const { rows, counters } = this.#deps;
    const { version, published } = await this.#readingLogin().run(SYSTEM, async (tx) => {
      // Before the rows: they may be newer than it says, never older.
      const version = await counters.current(tx, 'keyring');
      return { version, published: await rows.published(tx) };
    });
    return this.#build(version, published);
  }

  async #build(version: number, published: readonly PublicKeyVersion[]): Promise<KeyringView> {
    const verifiers = new Map<KeyPurpose, Verifier[]>(KEY_PURPOSE_NAMES.map((purpose) => [purpose, []]));
    const signers = new Map<KeyPurpose, Signer>();
    const held = new Set(this.heldPurposes);
    for (const row of published) {
      if (!held.has(row.purpose)) verifiers.get(row.purpose)!.push(verifierOf(row));
    }
    for (const row of await this.#wrappedRows()) {
      const kek = this.#wrappingKeys.get(row.purpose);
      if (kek === undefined) continue;
      const privateKey = unwrapPrivateKey(kek, row);
      if (privateKey === null) {
        this.#deps.onForeignRow(row);
        continue;
      }
      verifiers.get(row.purpose)!.push(verifierOf(row));
      if (row.state === 'active') signers.set(row.purpose, signerOf(row, privateKey));
    }
    return { version, verifiers, signers };
  }

  async #wrappedRows(): Promise<readonly WrappedKeyVersion[]> {
    if (this.#house === null) return [];
    const holders: readonly KeyHolder[] = ['api', 'ledger'];
    const held = holders.map((holder) => this.#deps.logins[holder]?.run(SYSTEM, (tx) => this.#deps.rows.wrapped(tx, holder)) ?? []);
    return (await Promise.all(held)).flat();
  }

  #readingLogin(): UnitOfWork {
    const { api, ledger, worker } = this.#deps.logins;
    const login = api ?? ledger ?? worker;
    if (login === undefined) throw new Error('a keyring without a database login');
    return login;
  }

  #wrappingKeyOf(purpose: KeyPurpose): KeyObject {
    const key = this.#wrappingKeys.get(purpose);
    if (key === undefined) throw new Fault(CRYPTO_FAULTS['keyring-sealed'], { cause: `the ${purpose} keys are sealed in this process` });
    return key;
  }

  #unsealedHouse(): HouseKey {
    if (this.#house === null) throw new Fault(CRYPTO_FAULTS['keyring-sealed'], { cause: 'the seal was not opened in this process' });
    return this.#house;
  }
}
