import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import type { Clock } from '#platform/system/clock.js';
import { CRYPTO_EVENTS } from './domain/crypto.events.js';
import { CRYPTO_FAULTS } from './domain/crypto.faults.js';
import { KEY_PURPOSE_NAMES, KEY_PURPOSES, type KeyPurpose, mayBecome, type PublicKeyVersion } from './domain/key-version.js';
import { type DueChange, dueChange } from './domain/rotation-schedule.js';
import type { Keyring, PreparedKey } from './keyring.js';
import { type PastVersion, pastVersionOf } from './keyring-view.js';
import type { DeedRecord } from './transit/deed-record.js';

/** One change of one version. A revocation of what signs is three: of its successor, of that one's turn, and its own. */
export interface SigningKeyDeed {
  readonly change: 'announce' | 'rotate' | 'retire' | 'revoke';
  readonly actor: Principal;
  readonly key: Pick<PublicKeyVersion, 'id' | 'purpose' | 'version' | 'algorithm'>;
}

export type SigningKeyRecord = DeedRecord<SigningKeyDeed>;

const SCHEDULE = systemPrincipal('signing-key-schedule');
/** Of one purpose in one turn: an announcement, a rotation, and what has retired since. */
const CHANGES_MAX = 8;
/** With a spare that is in time. Each further one took somebody else an announcement and its end. */
const ATTEMPTS_MAX = 3;

/**
 * Changes of the server's own signing keys, by schedule or by hand. Every change takes the row of the keyring's counter
 * first: of replicas that come at once the second sees what the first has done, and from the commit on every one of them
 * knows (keyring.ts). Keys are made before the transaction that publishes them.
 */
export class SigningKeys {
  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    /** How long a version signs; null: until somebody rotates it. */
    private readonly periodMillis: number | null,
  ) {}

  /** What an entry says of a deed. */
  static event({ change, actor, key: { id, purpose, version, algorithm } }: SigningKeyDeed): AuditEvent {
    return { kind: CRYPTO_EVENTS[`crypto.signing-key.${change}`], outcome: 'success', actor, targets: [{ type: 'key', uid: id }], facts: { purpose, version, algorithm } };
  }

  /** Every version of every purpose, the revoked too, oldest first within a purpose. */
  async list(): Promise<readonly PastVersion[]> {
    const versions: PastVersion[] = [];
    for (const purpose of KEY_PURPOSE_NAMES) versions.push(...(await this.keyring.everyVersion(purpose)));
    return versions;
  }

  /** Publishes the next version, which signs once it is rotated to: by hand, or by schedule an hour later. */
  async announce(actor: Principal, purpose: KeyPurpose, record: SigningKeyRecord): Promise<PastVersion> {
    requireReplaceable(purpose);
    const prepared = await this.keyring.prepare(purpose);
    await this.keyring.unitOf(purpose).run(actor, (tx) => this.publish(tx, actor, prepared, record));
    return pastVersionOf({ ...prepared, state: 'next' });
  }

  /** The version that is announced signs from now on, or else a new one at once. Returns it. */
  async rotate(actor: Principal, purpose: KeyPurpose, record: SigningKeyRecord): Promise<PastVersion> {
    requireReplaceable(purpose);
    return pastVersionOf(await this.withSpare(actor, purpose, (tx, spare) => this.replace(tx, actor, spare, record)));
  }

  /**
   * From the commit on, on every replica, nothing that this version signed verifies as good any more. Where it is the one
   * that signs, the announced version takes its place in the same transaction, or else a new one: there is no moment
   * without one. Faults: not-found, key-transition-refused for one that is revoked already.
   */
  async revoke(actor: Principal, purpose: KeyPurpose, keyId: string, record: SigningKeyRecord): Promise<PastVersion> {
    return this.withSpare(actor, purpose, async (tx, spare) => {
      const key = (await this.keyring.lockVersions(tx, purpose)).find(({ id }) => id === keyId);
      if (key === undefined) throw new Fault(REQUEST_FAULTS['not-found']);
      if (!mayBecome(key.state, 'revoked')) throw new Fault(CRYPTO_FAULTS['key-transition-refused'], { detail: 'This version is revoked already.' });
      if (key.state === 'active') await this.replace(tx, actor, spare, record);
      await this.keyring.revoke(tx, purpose, keyId);
      await record(tx, { change: 'revoke', actor, key });
      return pastVersionOf({ ...key, state: 'revoked', stateSince: this.clock.now() });
    });
  }

  /** Does what the schedule says is due, of the purposes that this process holds. Returns what it has done. */
  async keepSchedule(record: SigningKeyRecord): Promise<readonly SigningKeyDeed[]> {
    const done: SigningKeyDeed[] = [];
    for (const purpose of this.keyring.heldPurposes) {
      for (let changes = 0; changes < CHANGES_MAX; changes += 1) {
        const due = this.dueOf(purpose, (await this.keyring.everyVersion(purpose)).map(({ keyId, ...rest }) => ({ id: keyId, ...rest })));
        const deed = due === null ? null : await this.carryOut(purpose, due, record);
        if (deed === null) break;
        done.push(deed);
      }
    }
    return done;
  }

  private dueOf(purpose: KeyPurpose, versions: readonly Pick<PublicKeyVersion, 'id' | 'state' | 'stateSince'>[]): DueChange | null {
    return dueChange(purpose, versions, this.periodMillis, this.clock.nowMillis());
  }

  /** Null where another replica was first. */
  private async carryOut(purpose: KeyPurpose, due: DueChange, record: SigningKeyRecord): Promise<SigningKeyDeed | null> {
    const prepared = due.change === 'announce' ? await this.keyring.prepare(purpose) : null;
    return this.keyring.unitOf(purpose).run(SCHEDULE, async (tx) => {
      const versions = await this.keyring.lockVersions(tx, purpose);
      const still = this.dueOf(purpose, versions);
      const isStillDue = still?.change === due.change && (still.change === 'announce' || due.change === 'announce' || still.keyId === due.keyId);
      if (!isStillDue) return null;
      if (prepared !== null) return this.publish(tx, SCHEDULE, prepared, record);
      const key = versions.find(({ id }) => due.change !== 'announce' && id === due.keyId)!;
      const deed: SigningKeyDeed = { change: due.change, actor: SCHEDULE, key };
      if (due.change === 'rotate') await this.keyring.rotate(tx, purpose);
      else await this.keyring.revoke(tx, purpose, key.id);
      await record(tx, deed);
      return deed;
    });
  }

  /** Others may have taken the spare's number before the lock was had: then it is done once more with another. */
  private async withSpare<T>(actor: Principal, purpose: KeyPurpose, work: (tx: Tx, spare: PreparedKey) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const spare = await this.keyring.prepare(purpose);
      try {
        return await this.keyring.unitOf(purpose).run(actor, (tx) => work(tx, spare));
      } catch (error) {
        if (!(error instanceof SpareTaken) || attempt === ATTEMPTS_MAX) throw error;
      }
    }
  }

  private async publish(tx: Tx, actor: Principal, prepared: PreparedKey, record: SigningKeyRecord): Promise<SigningKeyDeed> {
    await this.keyring.announce(tx, prepared);
    const deed: SigningKeyDeed = { change: 'announce', actor, key: prepared };
    await record(tx, deed);
    return deed;
  }

  /** The version that may take over. One that this house's key did not write signs nothing: it is revoked, out of the way. */
  private async announced(tx: Tx, actor: Principal, purpose: KeyPurpose, versions: readonly PublicKeyVersion[], record: SigningKeyRecord): Promise<PublicKeyVersion | null> {
    const next = versions.find(({ state }) => state === 'next');
    if (next === undefined) return null;
    if (await this.keyring.opens(tx, next)) return next;
    await this.keyring.revoke(tx, purpose, next.id);
    await record(tx, { change: 'revoke', actor, key: next });
    return null;
  }

  private async replace(tx: Tx, actor: Principal, spare: PreparedKey, record: SigningKeyRecord): Promise<PublicKeyVersion> {
    const versions = await this.keyring.lockVersions(tx, spare.purpose);
    const announced = await this.announced(tx, actor, spare.purpose, versions, record);
    if (announced === null) {
      if ((versions.at(-1)?.version ?? 0) >= spare.version) throw new SpareTaken();
      await this.publish(tx, actor, spare, record);
    }
    const successor = announced ?? spare;
    await this.keyring.rotate(tx, spare.purpose);
    await record(tx, { change: 'rotate', actor, key: successor });
    return { ...successor, state: 'active', stateSince: this.clock.now() };
  }
}

/** Of a spare whose number another version has. */
class SpareTaken extends Fault {
  constructor() {
    super(CRYPTO_FAULTS['key-transition-refused'], { detail: 'Other versions were announced meanwhile: try again.' });
  }
}

/** Strangers have pinned the log's keys: a new one of them is a new log to them. */
function requireReplaceable(purpose: KeyPurpose): void {
  if (KEY_PURPOSES[purpose].succession.kind !== 'identity') return;
  throw new Fault(CRYPTO_FAULTS['signing-key-pinned'], { detail: 'The keys of the log are its identity, which witnesses and auditors have pinned. They are replaced only when one is revoked (npm run revoke-signing-key), or with the log (npm run succeed-log).' });
}
