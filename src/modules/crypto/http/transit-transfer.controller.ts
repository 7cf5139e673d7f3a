import { createPublicKey } from 'node:crypto';
import { Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiNoContentResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { Audited, AuditedWhen, BodyLimit, NeedsApproval, Requires, UnparsedBody } from '#platform/http/annotations.js';
import { vaultAnswer, vaultAnswerOf, type VaultEnvelope } from '#platform/http/vault-answer.js';
import { parseVaultBody, readFields, schemaOf } from '#platform/http/vault-fields.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import { wireOf } from '../domain/key-type-name.js';
import { type TransitKey, VERSION_MAX } from '../domain/transit-key.js';
import type { TransportHash } from '../primitives/key-wrap-padding.js';
import type { HandoverDeed } from '../transit/key-handover.js';
import { type ExportDeed, NEWEST_VERSIONS, SECRET_EXPORTS, type SecretExport, type WantedVersions } from '../transit/key-export.js';
import type { RestoreDeed } from '../transit/key-backup.js';
import type { ImportedMaterial } from '../transit/key-import.js';
import { refused } from '../transit/key-refusals.js';
import { BACKUP_BYTES_MAX, RESTORE_FIELDS } from '../transit/restore-request.js';
import { RestoreThreads } from '../transit/restore-threads.js';
import { TransitEngine } from '../transit/transit-engine.js';
import { KeyAccess } from './key-access.js';
import { exposureOf, KeyApproval, type KeyRisk } from './key-approval.js';
import { countOf, IMPORT_FIELDS, IMPORT_VERSION_FIELDS, newKeyOf, versionOf } from './key-fields.js';
import { KeyJournal } from './key-journal.js';
import { AnswersData, NameParam, VersionParam } from './key-openapi.js';
import { Call, type TransitCall } from './transit-call.js';

const PUBLIC_KEY_EXAMPLE = '-----BEGIN PUBLIC KEY-----\nMIICIjAN…\n-----END PUBLIC KEY-----\n';

const HASHES: Readonly<Record<string, TransportHash>> = { SHA256: 'sha2-256', SHA384: 'sha2-384', SHA512: 'sha2-512' };

/** Keys on their way in and out, as Vault's clients ask for it. */
@ApiTags('transit')
@ApiBearerAuth()
@Controller('v1/transit')
export class TransitTransferController {
  constructor(
    private readonly engine: TransitEngine,
    private readonly access: KeyAccess,
    private readonly journal: KeyJournal,
    private readonly approval: KeyApproval,
    private readonly restores: RestoreThreads,
  ) {}

  @Get('wrapping_key')
  @Requires(CRYPTO_PERMISSIONS['keys:import'])
  @AuditedWhen(CRYPTO_EVENTS['crypto.wrapping-key.create'], 'transaction', 'for the first who asks, because the key is made for them; it is the same for everybody, and public')
  @ApiOperation({ summary: 'Get the key under which imports are wrapped', description: 'RSA-4096, one for the installation. It is made when it is first asked for, which takes some seconds.' })
  @AnswersData({ public_key: PUBLIC_KEY_EXAMPLE })
  async wrappingKey(@Call() { principal, namespace, requestId }: TransitCall): Promise<VaultEnvelope> {
    await this.access.permitAnywhereIn(principal, CRYPTO_PERMISSIONS['keys:import'], namespace);
    const der = await this.engine.wrapping.publicKey(principal, this.journal.ofHouse(principal, CRYPTO_EVENTS['crypto.wrapping-key.create']));
    return vaultAnswer(requestId, { data: { public_key: createPublicKey({ key: der, format: 'der', type: 'spki' }).export({ format: 'pem', type: 'spki' }) } });
  }

  @Post('keys/:name/import')
  @HttpCode(204)
  @Requires(CRYPTO_PERMISSIONS['keys:import'])
  @NeedsApproval('for a key that can be exported or backed up')
  @Audited(CRYPTO_EVENTS['crypto.key.import'], 'transaction')
  @UnparsedBody()
  @ApiOperation({ summary: 'Import a key', description: 'Wrapped for the wrapping key, or a public key alone. Never in the place of a key that there is.' })
  @NameParam()
  @ApiBody({ schema: schemaOf(IMPORT_FIELDS) })
  @ApiNoContentResponse({ description: 'It is imported.' })
  async importKey(@Call() { principal, namespace, name, bytes }: TransitCall, @ApprovalRequest() request: ApprovableRequest): Promise<void> {
    const permission = CRYPTO_PERMISSIONS['keys:import'];
    const { projectId } = await this.access.permit(principal, permission, namespace, name);
    const values = readFields(IMPORT_FIELDS, parseVaultBody(bytes));
    const wanted = { ...newKeyOf({ ...values, key_size: 0 }), allowRotation: values.allow_rotation };
    const record = this.approval.before({ principal, request, permission }, exposureOf, this.journal.ofKey(principal, CRYPTO_EVENTS['crypto.key.import']));
    await this.engine.imports.importKey(principal, projectId, name, wanted, materialOf(values), record);
  }

  @Post('keys/:name/import_version')
  @HttpCode(204)
  @Requires(CRYPTO_PERMISSIONS['keys:import'])
  @Audited(CRYPTO_EVENTS['crypto.key.import-version'], 'transaction')
  @UnparsedBody()
  @ApiOperation({ summary: 'Import the next version of an imported key' })
  @NameParam()
  @ApiBody({ schema: schemaOf(IMPORT_VERSION_FIELDS) })
  @ApiNoContentResponse({ description: 'It is imported.' })
  async importVersion(@Call() { principal, namespace, name, bytes }: TransitCall): Promise<void> {
    const { projectId } = await this.access.permit(principal, CRYPTO_PERMISSIONS['keys:import'], namespace, name);
    const values = readFields(IMPORT_VERSION_FIELDS, parseVaultBody(bytes));
    if (values.version !== undefined) throw refused('importing into a version that exists is not served');
    await this.engine.imports.importVersion(principal, projectId, name, materialOf(values), this.journal.ofKey(principal, CRYPTO_EVENTS['crypto.key.import-version']));
  }

  @Get(['export/public-key/:name', 'export/public-key/:name/:version'])
  @Requires(CRYPTO_PERMISSIONS['keys:read'])
  @Audited(CRYPTO_EVENTS['crypto.key.public-export'], 'transaction')
  @ApiOperation({ summary: 'Export public keys', description: 'One version, or the newest 20; `?before=N` goes on.' })
  @NameParam()
  @VersionParam()
  @AnswersData({ name: 'orders', type: 'ed25519', keys: { '1': '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=' } })
  async exportPublic(@Call() { principal, namespace, name, params, query, requestId }: TransitCall): Promise<VaultEnvelope> {
    const { projectId } = await this.access.permit(principal, CRYPTO_PERMISSIONS['keys:read'], namespace, name);
    const exported = await this.engine.exports.publicKeys(principal, projectId, name, wantedOf(params['version'], query['before']), this.journal.of(principal, CRYPTO_EVENTS['crypto.key.public-export'], exportFacts));
    if (exported === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return vaultAnswer(requestId, { data: { ...headOf(exported.key), keys: exported.keys } });
  }

  @Get(['export/:kind/:name', 'export/:kind/:name/:version'])
  @Requires(CRYPTO_PERMISSIONS['keys:export'])
  @NeedsApproval()
  @Audited(CRYPTO_EVENTS['crypto.key.export'], 'transaction')
  @Header('Content-Type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'Export secrets of a key', description: 'In clear, of a key that is exportable: one version, or the newest 20; `?before=N` goes on.' })
  @ApiParam({ name: 'kind', example: 'encryption-key', description: SECRET_EXPORTS.join(', ') })
  @NameParam()
  @VersionParam()
  @AnswersData({ name: 'orders', type: 'aes256-gcm96', keys: { '1': 'AAEC…' } })
  async export(@Call() { principal, namespace, name, params, query, requestId }: TransitCall, @ApprovalRequest() request: ApprovableRequest): Promise<Buffer> {
    const permission = CRYPTO_PERMISSIONS['keys:export'];
    const { projectId } = await this.access.permit(principal, permission, namespace, name);
    const kind = secretKindOf(params['kind'] ?? '');
    const record = this.journal.of(principal, CRYPTO_EVENTS['crypto.key.export'], (deed: ExportDeed) => ({ ...exportFacts(deed), facts: { ...exportFacts(deed).facts, exportKind: kind } }));
    const riskOf = ({ key, versions }: ExportDeed): KeyRisk => ({ key, summary: `Export the ${kind} of the key ${name} in clear, ${saidOf(versions)}` });
    const data = await this.engine.exports.secrets(principal, projectId, name, kind, wantedOf(params['version'], query['before']), headOf, this.approval.before({ principal, request, permission }, riskOf, record));
    if (data === null) throw new Fault(REQUEST_FAULTS['not-found']);
    try {
      return vaultAnswerOf(requestId, data);
    } finally {
      data.fill(0);
    }
  }

  @Get(['byok-export/:destination/:source', 'byok-export/:destination/:source/:version'])
  @Requires(CRYPTO_PERMISSIONS['keys:export'])
  @NeedsApproval()
  @Audited(CRYPTO_EVENTS['crypto.key.wrapped-export'], 'transaction')
  @ApiOperation({ summary: 'Hand a key to another server', description: 'Wrapped for the key `destination`, which holds the wrapping key of the other server, as its `import` takes it.' })
  @ApiParam({ name: 'destination', example: 'other-server' })
  @ApiParam({ name: 'source', example: 'orders' })
  @VersionParam()
  @ApiQuery({ name: 'hash', required: false, schema: { type: 'string', example: 'SHA256' }, description: 'Of OAEP: SHA256, SHA384 or SHA512.' })
  @AnswersData({ name: 'orders', type: 'aes256-gcm96', keys: { '1': 'AAEC…' } })
  async handOver(@Call() { principal, namespace, params, query, requestId }: TransitCall, @ApprovalRequest() request: ApprovableRequest): Promise<VaultEnvelope> {
    const { source = '', destination = '' } = params;
    const permission = CRYPTO_PERMISSIONS['keys:export'];
    const { projectId } = await this.access.permit(principal, permission, namespace, source);
    await this.access.permit(principal, CRYPTO_PERMISSIONS['keys:read'], namespace, destination);
    const record = this.journal.of(principal, CRYPTO_EVENTS['crypto.key.wrapped-export'], ({ source: key, destination: to, versions }: HandoverDeed) => ({
      key,
      facts: { versions: versions.map(String), destination: to.id },
    }));
    // The destination by its id, too: another key under its name is another server.
    const riskOf = ({ source: key, destination: to, versions }: HandoverDeed): KeyRisk => ({ key, summary: `Hand the key ${source} over, ${saidOf(versions)}, wrapped for version ${to.latestVersion} of the key ${destination} (${to.id})` });
    const asked = this.approval.before({ principal, request, permission }, riskOf, record);
    const { key, blobs } = await this.engine.handover.handOver(principal, projectId, { source, destination }, wantedOf(params['version'], query['before']), hashOf(query['hash'] ?? 'SHA256'), asked);
    const keys = Object.fromEntries(Object.entries(blobs).map(([number, blob]) => [number, blob.toString('base64')]));
    return vaultAnswer(requestId, { data: { ...headOf(key), keys } });
  }

  @Get('backup/:name')
  @Requires(CRYPTO_PERMISSIONS['keys:backup'])
  @NeedsApproval()
  @Audited(CRYPTO_EVENTS['crypto.key.backup'], 'transaction')
  @ApiOperation({ summary: 'Back a key up', description: "With all of its versions, sealed under the key of its project: unlike Vault's, it holds no secret in clear, and is restored in the same project of this installation alone." })
  @NameParam()
  @AnswersData({ backup: 'quantonium-backup:v1:AAEC…' })
  async backup(@Call() { principal, namespace, name, requestId }: TransitCall, @ApprovalRequest() request: ApprovableRequest): Promise<VaultEnvelope> {
    const permission = CRYPTO_PERMISSIONS['keys:backup'];
    const { projectId } = await this.access.permit(principal, permission, namespace, name);
    const riskOf = (key: TransitKey): KeyRisk => ({ key, summary: `Back the key ${name} up with all of its versions` });
    const record = this.approval.before({ principal, request, permission }, riskOf, this.journal.ofKey(principal, CRYPTO_EVENTS['crypto.key.backup']));
    const backup = await this.engine.backups.backup(principal, projectId, name, record);
    if (backup === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return vaultAnswer(requestId, { data: { backup } });
  }

  @Post(['restore', 'restore/:name'])
  @HttpCode(204)
  @Requires(CRYPTO_PERMISSIONS['keys:restore'])
  @NeedsApproval('with `force`, where that destroys a key')
  @Audited(CRYPTO_EVENTS['crypto.key.restore'], 'transaction')
  @UnparsedBody()
  @BodyLimit(BACKUP_BYTES_MAX)
  @ApiOperation({ summary: 'Restore a key from a backup', description: 'Under the name that it had, or another one. It gets a new id.' })
  @NameParam()
  @ApiBody({ schema: schemaOf(RESTORE_FIELDS, ['backup']) })
  @ApiNoContentResponse({ description: 'It is there again.' })
  async restore(@Call() { principal, namespace, name, bytes }: TransitCall, @ApprovalRequest() request: ApprovableRequest): Promise<void> {
    const permission = CRYPTO_PERMISSIONS['keys:restore'];
    const projectId = name === '' ? await this.access.permitAnywhereIn(principal, permission, namespace) : (await this.access.permit(principal, permission, namespace, name)).projectId;
    const { sealed, force, isGiven } = await this.restores.read(bytes);
    if (!isGiven) throw refused("'backup' must be supplied");
    const opened = await this.engine.backups.open(projectId, sealed);
    const wanted = name === '' ? opened.key.name : name;
    await this.access.permit(principal, permission, namespace, wanted);
    const record = this.journal.of(principal, CRYPTO_EVENTS['crypto.key.restore'], ({ key, from }: RestoreDeed) => ({ key, facts: { keyType: key.type, version: key.latestVersion, from: from.id } }));
    const riskOf = ({ replaced }: RestoreDeed): KeyRisk => (replaced === null ? null : { key: replaced, summary: `Destroy the key ${wanted} and restore another from a backup in its place` });
    await this.engine.backups.restore(principal, projectId, wanted, opened, force, this.approval.before({ principal, request, permission }, riskOf, record));
  }
}

function materialOf({ ciphertext, hash_function: hash, public_key: publicKey }: { readonly ciphertext: Buffer | undefined; readonly hash_function: string; readonly public_key: string | undefined }): ImportedMaterial {
  if (ciphertext !== undefined && publicKey !== undefined) throw refused('only one of the following fields, ciphertext and public_key, can be set');
  if (ciphertext !== undefined) return { ciphertext, hash: hashOf(hash) };
  if (publicKey !== undefined) return { publicKey: Buffer.from(publicKey) };
  throw refused('ciphertext or public_key must be supplied');
}

function hashOf(name: string): TransportHash {
  const hash = Object.hasOwn(HASHES, name.toUpperCase()) ? HASHES[name.toUpperCase()] : undefined;
  if (hash === undefined) throw refused(`unknown hash function: ${Object.keys(HASHES).join(', ')} are served`);
  return hash;
}

function secretKindOf(kind: string): SecretExport {
  const known = SECRET_EXPORTS.find((name) => name === kind);
  if (known === undefined) throw refused(`invalid export type: ${SECRET_EXPORTS.join(', ')} and public-key are served`);
  return known;
}

function wantedOf(version: string | undefined, before: string | undefined): WantedVersions {
  if (version !== undefined) return versionOf(version);
  const number = countOf('before', before, VERSION_MAX);
  return number === undefined ? NEWEST_VERSIONS : { before: number };
}

const headOf = (key: TransitKey): { readonly name: string; readonly type: string } => ({ name: key.name, type: wireOf(key.type).type });

const saidOf = (versions: readonly number[]): string => (versions.length === 0 ? 'no version' : `versions ${versions.join(', ')}`);

function exportFacts({ key, versions }: ExportDeed): { readonly key: TransitKey; readonly facts: { readonly versions: readonly string[] } } {
  return { key, facts: { versions: versions.map(String) } };
}
