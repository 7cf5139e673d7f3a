import type { Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Principal } from '#pure/principal/principal.js';
import type { KeyTypeName } from '../domain/key-type.js';
import type { TransitKey, WrappedTransitVersion } from '../domain/transit-key.js';
import type { TransitKeyRepository } from '../persistence/transit-key.repository.js';
import { NO_VERSION, type TransitVersionRepository } from '../persistence/transit-version.repository.js';
import type { KeyType } from '../primitives/key-types.js';
import type { DeedRecord } from './deed-record.js';
import { refused, refuseSoftDeleted } from './key-refusals.js';
import { jsonOfSecrets, type SecretTexts } from './secret-json.js';
import { VERSIONS_SHOWN } from './transit-keys.js';
import { type ProjectWrapping, unwrapVersion, type VersionSecrets } from './version-wrapping.js';

/** Secrets that leave the server in clear; public keys have a way of their own, which reveals nothing. */
export const SECRET_EXPORTS = ['encryption-key', 'signing-key', 'hmac-key'] as const;
export type SecretExport = (typeof SECRET_EXPORTS)[number];

/** One version, the latest one, or a page of them, the newest first. */
export type WantedVersions = number | 'latest' | { readonly before: number };

export const NEWEST_VERSIONS: WantedVersions = { before: NO_VERSION };

export interface ExportDeed {
  readonly key: TransitKey;
  readonly versions: readonly number[];
}

/** Keys as JSON: `name`, `type` as the caller writes it, and `keys` by version. */
export interface ExportHead {
  readonly name: string;
  readonly type: string;
}

/**
 * Letting keys out. What is let out is recorded, and the record committed, before any of it is unwrapped. Secrets are
 * read from rows and not from handles, and go from Buffer to Buffer: the answer's bytes are the caller's to wipe.
 */
export class KeyExport {
  constructor(
    private readonly uow: Pick<UnitOfWork, 'run'>,
    private readonly keys: TransitKeyRepository,
    private readonly versions: TransitVersionRepository,
    private readonly projectKeys: { of(projectId: string): Promise<ProjectWrapping> },
    private readonly types: Readonly<Record<KeyTypeName, KeyType>>,
  ) {}

  /** Null where there is no such key. Throws for one that is not exportable, or cannot do what the export is named after. */
  async secrets(principal: Principal, projectId: string, name: string, kind: SecretExport, wanted: WantedVersions, head: (key: TransitKey) => ExportHead, record: DeedRecord<ExportDeed>): Promise<Buffer | null> {
    const project = await this.projectKeys.of(projectId);
    const found = await this.#recorded(principal, projectId, name, wanted, record, (key) => {
      if (!key.exportable) throw refused('private key material is not exportable');
      const { supports } = this.types[key.type];
      if (kind === 'encryption-key' && !supports.encryption) throw refused('encryption not supported for the key');
      if (kind === 'signing-key' && !supports.signing) throw refused('signing not supported for the key');
    });
    if (found === null) return null;
    const texts: SecretTexts = [];
    try {
      for (const row of found.rows) texts.push({ version: row.version, text: this.#secretText(project, found.key, row, kind) });
      return jsonOfSecrets({ ...head(found.key) }, texts);
    } finally {
      for (const { text } of texts) text.fill(0);
    }
  }

  /** Public keys as they are shown by reading the key. Null where there is no such key. */
  async publicKeys(principal: Principal, projectId: string, name: string, wanted: WantedVersions, record: DeedRecord<ExportDeed>): Promise<{ readonly key: TransitKey; readonly keys: Readonly<Record<string, string>> } | null> {
    const found = await this.#recorded(principal, projectId, name, wanted, record, () => undefined);
    if (found === null) return null;
    const { key, rows } = found;
    const text = ({ publicKey }: WrappedTransitVersion): string => {
      if (publicKey === null) throw refused(`unknown key type ${key.type} for export type public-key`);
      return this.types[key.type].publicForm(publicKey).publicKey;
    };
    return { key, keys: Object.fromEntries(rows.map((row) => [row.version, text(row)])) };
  }

  /** Rows of a key that may leave, with the entry that says so. */
  async #recorded(principal: Principal, projectId: string, name: string, wanted: WantedVersions, record: DeedRecord<ExportDeed>, check: (key: TransitKey) => void): Promise<{ readonly key: TransitKey; readonly rows: readonly WrappedTransitVersion[] } | null> {
    return this.uow.run(principal, async (tx) => {
      const key = await this.keys.find(tx, projectId, name);
      if (key === null) return null;
      check(key);
      refuseSoftDeleted(key);
      const rows = await wantedRows(tx, this.versions, key, wanted);
      await record(tx, { key, versions: rows.map(({ version }) => version) });
      return { key, rows };
    });
  }

  #secretText(project: ProjectWrapping, key: TransitKey, row: WrappedTransitVersion, kind: SecretExport): Buffer {
    const secrets = unwrapVersion(project, key, row);
    try {
      return this.#form(key.type, secrets, kind);
    } finally {
      secrets.secret?.fill(0);
      secrets.hmacKey.fill(0);
    }
  }

  #form(type: KeyTypeName, { secret, hmacKey }: VersionSecrets, kind: SecretExport): Buffer {
    // A key of type `hmac` does with its secret what others do with the key beside it.
    if (kind === 'hmac-key' && type !== 'hmac') return this.types.hmac.secretForm(hmacKey);
    return secret === null ? Buffer.alloc(0) : this.types[type].secretForm(secret);
  }
}

/** Throws for a version that may not be used any more, and for one that there is not. */
export async function wantedRows(tx: Tx, versions: TransitVersionRepository, key: TransitKey, wanted: WantedVersions): Promise<readonly WrappedTransitVersion[]> {
  if (typeof wanted === 'object') return (await versions.wholePage(tx, key.id, wanted.before, VERSIONS_SHOWN)).filter(({ version }) => version >= key.minDecryptionVersion);
  const version = wanted === 'latest' ? key.latestVersion : wanted;
  if (version < key.minDecryptionVersion) throw refused('version for export is below minimum decryption version');
  const row = await versions.find(tx, key.id, version);
  if (row === null) throw refused('version does not exist or cannot be found');
  return [row];
}
