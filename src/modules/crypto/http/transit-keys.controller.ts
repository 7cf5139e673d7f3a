import { Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiNoContentResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Audited, NeedsApproval, Requires, Unaudited, UnparsedBody } from '#platform/http/annotations.js';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { vaultAnswer, type VaultEnvelope } from '#platform/http/vault-answer.js';
import { parseVaultBody, readFields, schemaOf } from '#platform/http/vault-fields.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { Principal } from '#pure/principal/principal.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import { KEYS_MAX, type TransitKey, VERSION_MAX } from '../domain/transit-key.js';
import { KEY_TYPES } from '../primitives/key-types.js';
import { refused } from '../transit/key-refusals.js';
import type { SettingsDeed } from '../transit/key-settings.js';
import { TransitEngine } from '../transit/transit-engine.js';
import { UsageCounter } from '../transit/usage-counter.js';
import { KeyAccess } from './key-access.js';
import { exposureOf, KeyApproval, type KeyRisk } from './key-approval.js';
import { KEY_DATA_EXAMPLE, KEY_USAGE_EXAMPLE, keyData, usageData } from './key-data.js';
import { CONFIG_FIELDS, countOf, CREATE_FIELDS, newKeyOf, TRIM_FIELDS } from './key-fields.js';
import { KeyJournal } from './key-journal.js';
import { AnswersData, AnswersKey, NameParam } from './key-openapi.js';
import { Call, type TransitCall } from './transit-call.js';

/** More names than this are asked for again with `after`. */
const NAMES_MAX = 1_000;

/** What clients say that may not use the verb: most of them, and node-vault. */
const LISTS: ReadonlySet<string | undefined> = new Set(['true', '1']);

/** Keys from their making to their end, as Vault's clients ask for it. */
@ApiTags('transit')
@ApiBearerAuth()
@Controller('v1/transit')
export class TransitKeysController {
  constructor(
    private readonly engine: TransitEngine,
    private readonly access: KeyAccess,
    private readonly journal: KeyJournal,
    private readonly approval: KeyApproval,
    private readonly usage: UsageCounter,
  ) {}

  @Get('keys')
  @Requires(CRYPTO_PERMISSIONS['keys:read'])
  @Unaudited("names of keys of one's own project")
  @ApiOperation({ summary: 'List keys', description: 'With `?list=true`, in place of the verb LIST, which is not served. 404 when there is none that the caller may read. At most 1000 names: `after` goes on.' })
  @ApiQuery({ name: 'list', required: true, schema: { type: 'string', enum: ['true', '1'], example: 'true' } })
  @ApiQuery({ name: 'after', required: false, schema: { type: 'string', example: 'orders' }, description: 'The last name of the page before.' })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'string', example: '100' }, description: `1 to ${NAMES_MAX}.` })
  @AnswersData({ keys: ['invoices', 'orders'] })
  async list(@Call() { principal, namespace, query, requestId }: TransitCall): Promise<VaultEnvelope> {
    if (!LISTS.has(query['list'])) throw new Fault(REQUEST_FAULTS['method-not-allowed'], { detail: 'unsupported operation' });
    const { projectId, filter } = await this.access.listIn(principal, CRYPTO_PERMISSIONS['keys:read'], namespace);
    const limit = countOf('limit', query['limit'], NAMES_MAX) ?? NAMES_MAX;
    const keys = await this.engine.keys.list(principal, projectId, filter, query['after'] ?? '', limit);
    if (keys.length === 0) throw new Fault(REQUEST_FAULTS['not-found']);
    return vaultAnswer(requestId, { data: { keys } });
  }

  @Post('keys/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:create'])
  @NeedsApproval('for a key that can be exported or backed up')
  @Audited(CRYPTO_EVENTS['crypto.key.create'], 'transaction')
  @UnparsedBody()
  @ApiOperation({ summary: 'Make a key', description: `A name that there is already is answered with a warning, and its key for who may read it; nothing is changed. A project has at most ${KEYS_MAX} keys; a key has as many versions as it is rotated.` })
  @NameParam()
  @ApiBody({ schema: schemaOf(CREATE_FIELDS) })
  @AnswersKey()
  async create(@Call() { principal, namespace, name, bytes, requestId }: TransitCall, @ApprovalRequest() request: ApprovableRequest): Promise<VaultEnvelope> {
    const permission = CRYPTO_PERMISSIONS['keys:create'];
    const place = await this.access.permit(principal, permission, namespace, name);
    const values = readFields(CREATE_FIELDS, parseVaultBody(bytes));
    const event = CRYPTO_EVENTS['crypto.key.create'];
    const record = this.approval.before({ principal, request, permission }, exposureOf, this.journal.ofKey(principal, event));
    const { key, isNew } = await this.engine.keys.create(principal, place.projectId, name, newKeyOf(values), record);
    if (isNew) return this.shown(principal, requestId, key);
    await this.journal.notMade(principal, event, key);
    const warnings = [`key ${name} already existed`];
    // Somebody else's, perhaps: that there is one is all that making keys tells of it.
    const mayRead = await this.access.permits(principal, CRYPTO_PERMISSIONS['keys:read'], place);
    return mayRead ? this.shown(principal, requestId, key, warnings) : vaultAnswer(requestId, { warnings });
  }

  @Get('keys/:name')
  @Requires(CRYPTO_PERMISSIONS['keys:read'])
  @Unaudited("settings and public parts of a key of one's own project")
  @ApiOperation({ summary: 'Read a key', description: 'Its settings and its newest 20 versions; `?before=N` shows the 20 before version N. `usage` says how often each of these versions was used for what and when last, some seconds late.' })
  @NameParam()
  @ApiQuery({ name: 'before', required: false, schema: { type: 'string', example: '21' }, description: 'A version; those before it are shown.' })
  @AnswersData({ ...KEY_DATA_EXAMPLE, ...KEY_USAGE_EXAMPLE })
  async read(@Call() { principal, namespace, name, query, requestId }: TransitCall): Promise<VaultEnvelope> {
    const { projectId } = await this.access.permit(principal, CRYPTO_PERMISSIONS['keys:read'], namespace, name);
    const before = countOf('before', query['before'], VERSION_MAX);
    const key = await this.engine.keys.read(principal, projectId, name);
    if (key === null) throw new Fault(REQUEST_FAULTS['not-found']);
    const versions = await this.engine.keys.versionsOf(principal, key, before);
    const usages = await this.usage.ofVersions(principal, key.id, versions.map(({ version }) => version));
    return vaultAnswer(requestId, { data: { ...keyData(key, KEY_TYPES[key.type], versions), ...usageData(usages) } });
  }

  @Delete('keys/:name')
  @HttpCode(204)
  @Requires(CRYPTO_PERMISSIONS['keys:delete'])
  @NeedsApproval()
  @Audited(CRYPTO_EVENTS['crypto.key.delete'], 'transaction')
  @ApiOperation({ summary: 'Destroy a key', description: 'With all of its versions, if `deletion_allowed` is set. What they encrypted can never be decrypted again.' })
  @NameParam()
  @ApiNoContentResponse({ description: 'It is gone.' })
  async delete(@Call() { principal, namespace, name }: TransitCall, @ApprovalRequest() request: ApprovableRequest): Promise<void> {
    const permission = CRYPTO_PERMISSIONS['keys:delete'];
    const { projectId } = await this.access.permit(principal, permission, namespace, name);
    const riskOf = (key: TransitKey): KeyRisk => ({ key, summary: `Destroy the key ${name} with all of its versions` });
    await this.engine.removal.delete(principal, projectId, name, this.approval.before({ principal, request, permission }, riskOf, this.journal.ofKey(principal, CRYPTO_EVENTS['crypto.key.delete'])));
  }

  @Post('keys/:name/config')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:configure'])
  @NeedsApproval('to let a key be exported or backed up')
  @Audited(CRYPTO_EVENTS['crypto.key.configure'], 'transaction')
  @UnparsedBody()
  @ApiOperation({ summary: 'Change settings of a key', description: 'What changes nothing is recorded all the same.' })
  @NameParam()
  @ApiBody({ schema: schemaOf(CONFIG_FIELDS) })
  @AnswersKey()
  async configure(@Call() { principal, namespace, name, bytes, requestId }: TransitCall, @ApprovalRequest() request: ApprovableRequest): Promise<VaultEnvelope> {
    const permission = CRYPTO_PERMISSIONS['keys:configure'];
    const { projectId } = await this.access.permit(principal, permission, namespace, name);
    const values = readFields(CONFIG_FIELDS, parseVaultBody(bytes));
    const change = {
      minDecryptionVersion: values.min_decryption_version,
      minEncryptionVersion: values.min_encryption_version,
      deletionAllowed: values.deletion_allowed,
      exportable: values.exportable,
      allowPlaintextBackup: values.allow_plaintext_backup,
      autoRotateSeconds: values.auto_rotate_period,
    };
    const record = this.approval.before({ principal, request, permission }, ({ key, before }: SettingsDeed) => exposureOf(key, before), this.journal.of(principal, CRYPTO_EVENTS['crypto.key.configure'], changesOf));
    const key = await this.engine.settings.configure(principal, projectId, name, change, record);
    const isForced = values.min_decryption_version === 0;
    return this.shown(principal, requestId, key, isForced ? ['transit key numbering starts at 1; forcing minimum to 1'] : []);
  }

  @Post('keys/:name/rotate')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:rotate'])
  @Audited(CRYPTO_EVENTS['crypto.key.rotate'], 'transaction')
  @UnparsedBody()
  @ApiOperation({ summary: 'Give a key its next version', description: 'What earlier versions encrypted or signed goes on being decrypted and verified.' })
  @NameParam()
  @AnswersKey()
  async rotate(@Call() { principal, namespace, name, requestId }: TransitCall): Promise<VaultEnvelope> {
    const { projectId } = await this.access.permit(principal, CRYPTO_PERMISSIONS['keys:rotate'], namespace, name);
    const key = await this.engine.rotation.rotate(principal, projectId, name, this.journal.ofKey(principal, CRYPTO_EVENTS['crypto.key.rotate']));
    return this.shown(principal, requestId, key);
  }

  @Post('keys/:name/trim')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:trim'])
  @NeedsApproval()
  @Audited(CRYPTO_EVENTS['crypto.key.trim'], 'transaction')
  @UnparsedBody()
  @ApiOperation({ summary: 'Destroy old versions of a key' })
  @NameParam()
  @ApiBody({ schema: schemaOf(TRIM_FIELDS, ['min_available_version']) })
  @AnswersKey()
  async trim(@Call() { principal, namespace, name, bytes, requestId }: TransitCall, @ApprovalRequest() request: ApprovableRequest): Promise<VaultEnvelope> {
    const permission = CRYPTO_PERMISSIONS['keys:trim'];
    const { projectId } = await this.access.permit(principal, permission, namespace, name);
    const { min_available_version: version } = readFields(TRIM_FIELDS, parseVaultBody(bytes));
    if (version === undefined) throw refused('missing min_available_version');
    const riskOf = ({ key }: SettingsDeed): KeyRisk => ({ key, summary: `Destroy the versions of the key ${name} below ${version}` });
    const record = this.approval.before({ principal, request, permission }, riskOf, this.journal.of(principal, CRYPTO_EVENTS['crypto.key.trim'], changesOf));
    const key = await this.engine.settings.trim(principal, projectId, name, version, record);
    return this.shown(principal, requestId, key);
  }

  @Delete('keys/:name/soft-delete')
  @HttpCode(204)
  @Requires(CRYPTO_PERMISSIONS['keys:delete'])
  @Audited(CRYPTO_EVENTS['crypto.key.soft-delete'], 'transaction')
  @ApiOperation({ summary: 'Put a key out of use', description: 'Nothing is destroyed; nothing is done with it until it is restored.' })
  @NameParam()
  @ApiNoContentResponse({ description: 'It is out of use.' })
  async softDelete(@Call() { principal, namespace, name }: TransitCall): Promise<void> {
    const { projectId } = await this.access.permit(principal, CRYPTO_PERMISSIONS['keys:delete'], namespace, name);
    await this.engine.removal.softDelete(principal, projectId, name, this.journal.ofKey(principal, CRYPTO_EVENTS['crypto.key.soft-delete']));
  }

  @Post('keys/:name/soft-delete-restore')
  @HttpCode(204)
  @Requires(CRYPTO_PERMISSIONS['keys:delete'])
  @Audited(CRYPTO_EVENTS['crypto.key.undelete'], 'transaction')
  @UnparsedBody()
  @ApiOperation({ summary: 'Put a key into use again' })
  @NameParam()
  @ApiNoContentResponse({ description: 'It is in use.' })
  async undelete(@Call() { principal, namespace, name }: TransitCall): Promise<void> {
    const { projectId } = await this.access.permit(principal, CRYPTO_PERMISSIONS['keys:delete'], namespace, name);
    await this.engine.removal.undelete(principal, projectId, name, this.journal.ofKey(principal, CRYPTO_EVENTS['crypto.key.undelete']));
  }

  /** What reading the key shows after a deed. */
  private async shown(principal: Principal, requestId: string, key: TransitKey, warnings: readonly string[] = []): Promise<VaultEnvelope> {
    const versions = await this.engine.keys.versionsOf(principal, key);
    return vaultAnswer(requestId, { data: keyData(key, KEY_TYPES[key.type], versions), warnings });
  }
}

const RECORDED_SETTINGS = ['minAvailableVersion', 'minDecryptionVersion', 'minEncryptionVersion', 'deletionAllowed', 'exportable', 'allowPlaintextBackup', 'autoRotateSeconds'] as const;

/** What became of each setting that changed. */
function changesOf({ key, before }: SettingsDeed): { readonly key: TransitKey; readonly facts: Readonly<Record<string, number | boolean>> } {
  return { key, facts: Object.fromEntries(RECORDED_SETTINGS.filter((name) => key[name] !== before[name]).map((name) => [name, key[name]])) };
}
