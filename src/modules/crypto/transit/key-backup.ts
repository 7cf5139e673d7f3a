import { setImmediate } from 'node:timers/promises';
import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Clock } from '#platform/system/clock.js';
import type { Randomness } from '#platform/system/randomness.js';
import type { Principal } from '#pure/principal/principal.js';
import { keyLine, readKeyLine, readVersionLine, versionLine } from '../domain/key-backup.js';
import type { TransitKey, WrappedTransitVersion } from '../domain/transit-key.js';
import type { TransitKeyRepository } from '../persistence/transit-key.repository.js';
import { NO_VERSION, type TransitVersionRepository } from '../persistence/transit-version.repository.js';
import type { DeedRecord } from './deed-record.js';
import type { KeyChanges } from './key-changes.js';
import { ENCRYPTIONS_MAX } from './encryption-budget.js';
import type { KeyDirectory } from './key-directory.js';
import { refused, refuseSoftDeleted } from './key-refusals.js';
import { BACKUP_BYTES_MAX, BACKUP_PREFIX } from './restore-request.js';
import { type ProjectWrapping, unwrapVersion, wrapVersion } from './version-wrapping.js';

/** So many versions are handled in one turn of the event loop, some ten microseconds each, and read by one statement. */
const VERSIONS_AT_ONCE = 100;
const NEWLINE = 0x0a;
/** Of a body around a backup. */
const BODY_BYTES = 1024;

const associatedData = (projectId: string): string => `transit-backup|v1|${projectId}`;

/** A backup that was opened: whose key it is can be looked at before anything is done with it. */
export interface OpenedBackup {
  readonly key: TransitKey;
  readonly versions: readonly WrappedTransitVersion[];
}

export interface RestoreDeed {
  readonly key: TransitKey;
  /** What the key was called by whoever saved it, and its id then. */
  readonly from: TransitKey;
  /** The key that had the name, and was destroyed for it. */
  readonly replaced: TransitKey | null;
}

/**
 * Backups of keys. Vault's hold the secrets in clear; these hold them as the rows do, wrapped, and all of it sealed under
 * the key of the project. So a backup opens nowhere but in this project of this installation, which must have its root
 * key still, and who finds one has nothing.
 */
export class KeyBackup {
  constructor(
    private readonly uow: Pick<UnitOfWork, 'run'>,
    private readonly changes: KeyChanges,
    private readonly keys: TransitKeyRepository,
    private readonly versions: TransitVersionRepository,
    private readonly projectKeys: { of(projectId: string): Promise<ProjectWrapping> },
    private readonly directory: Pick<KeyDirectory, 'forget'>,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Null where there is no such key. The key must be exportable, and allow it, as with Vault. */
  async backup(principal: Principal, projectId: string, name: string, record: DeedRecord<TransitKey>): Promise<string | null> {
    const project = await this.projectKeys.of(projectId);
    const saved = await this.uow.run(principal, async (tx) => {
      const key = await this.keys.find(tx, projectId, name);
      if (key === null) return null;
      refuseSoftDeleted(key);
      if (!key.exportable) throw refused('exporting is disallowed on the policy');
      if (!key.allowPlaintextBackup) throw refused('plaintext backup is disallowed on the policy');
      const rows: WrappedTransitVersion[] = [];
      for (let before = NO_VERSION; before > 1; before = rows.at(-1)!.version) {
        const page = await this.versions.wholePage(tx, key.id, before, VERSIONS_AT_ONCE);
        if (page.length === 0) break;
        rows.push(...page);
      }
      await record(tx, key);
      return { key, rows };
    });
    if (saved === null) return null;
    const lines = [Buffer.from(`${keyLine(saved.key)}\n`)];
    await eachOf(saved.rows, (row) => lines.push(Buffer.from(`${versionLine(row)}\n`)));
    const text = BACKUP_PREFIX + project.wrap(Buffer.concat(lines), associatedData(projectId)).toString('base64');
    if (text.length + BODY_BYTES > BACKUP_BYTES_MAX) throw refused('the key has more versions than could be restored: trim those that are not needed any more');
    return text;
  }

  /** One refusal for everything that this project did not save. */
  async open(projectId: string, sealed: Uint8Array | null): Promise<OpenedBackup> {
    const text = sealed === null ? null : (await this.projectKeys.of(projectId)).unwrap(sealed, associatedData(projectId));
    const [first, ...rest] = text === null ? [] : linesOf(text);
    const key = first === undefined ? null : readKeyLine(first);
    if (key === null) throw refused('the backup is none that this server made of a key of this project');
    const versions: WrappedTransitVersion[] = [];
    await eachOf(rest, (line) => versions.push(readVersionLine(line)));
    return { key, versions };
  }

  /**
   * Makes the key anew, under a new id: entries of the ledger tell the two apart, and both may be there under two names.
   * What they encrypted since the backup nobody has counted, so the versions that come back only decrypt, verify and
   * sign: the first encryption under a random nonce gives the key a new version. `force` destroys the key that has the
   * name already.
   */
  async restore(principal: Principal, projectId: string, name: string, { key: from, versions }: OpenedBackup, force: boolean, record: DeedRecord<RestoreDeed>): Promise<TransitKey> {
    const now = this.clock.now();
    const key: TransitKey = { ...from, id: this.randomness.uuidv7(now.getTime()), projectId, name };
    const rows = await this.#rewrapped(from, key, versions);
    const replaced = await this.changes.run(principal, async (tx) => {
      const other = await this.keys.find(tx, projectId, name);
      if (other !== null && !force) throw refused(`key "${name}" already exists`);
      if (other !== null) await this.keys.delete(tx, other.id);
      await this.changes.refuseMore(tx, projectId);
      await this.keys.insert(tx, key);
      await this.keys.schedule(tx, key.id, key.autoRotateSeconds, now);
      for (let at = 0; at < rows.length; at += VERSIONS_AT_ONCE) await this.versions.insert(tx, key.id, rows.slice(at, at + VERSIONS_AT_ONCE));
      await record(tx, { key, from, replaced: other });
      return other;
    });
    if (replaced !== null) this.directory.forget(replaced);
    return key;
  }

  /** Bound to the new key: each secret is unwrapped and wrapped again, and wiped. */
  async #rewrapped(from: TransitKey, to: TransitKey, versions: readonly WrappedTransitVersion[]): Promise<readonly WrappedTransitVersion[]> {
    const project = await this.projectKeys.of(to.projectId);
    const rows: WrappedTransitVersion[] = [];
    await eachOf(versions, (row) => {
      const secrets = unwrapVersion(project, from, row);
      try {
        rows.push({ ...row, ...wrapVersion(project, to, row.version, secrets), encryptionsReserved: ENCRYPTIONS_MAX });
      } finally {
        secrets.secret?.fill(0);
        secrets.hmacKey.fill(0);
      }
    });
    return rows;
  }
}

/** Lets others have their turn after so many. */
async function eachOf<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % VERSIONS_AT_ONCE === 0) await setImmediate();
    work(item);
  }
}

function linesOf(text: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf(NEWLINE, from);
    lines.push(text.subarray(from, end));
    from = end + 1;
  }
  return lines;
}
