import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditLog } from '#modules/audit/index.js';
import { Audited, BodyLimit, Requires, Unaudited, UnparsedBody } from '#platform/http/annotations.js';
import { malformedJson } from '#platform/http/malformed-json.js';
import { BodyBytes, CurrentPrincipal } from '#platform/http/parameters.js';
import type { AuditEventKind } from '#pure/audit-event/audit-event.js';
import type { Permission } from '#pure/capability/permission.js';
import { formatDigest } from '#pure/digest/digest.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { ELEMENTS_MAX } from '#pure/waveform/waveform.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import { isKeyName } from '../domain/key-name.js';
import type { TransitKey } from '../domain/transit-key.js';
import { Keyring } from '../keyring.js';
import type { RequestRefusal } from '../waveforms/waveform-request.js';
import { WaveformTags } from '../waveforms/waveform-tags.js';
import { ANALYZED_ELEMENTS_MAX, type EncodedRequest } from '../waveforms/waveform-task.js';
import { WaveformThreads } from '../waveforms/waveform-threads.js';
import { KeyAccess } from './key-access.js';
import { SignalFeaturesDto, signalFeaturesDto, WaveformDigestDto, waveformSchema, WaveformTagDto, WaveformVerdictDto } from './waveforms.dto.js';

/** The largest complex waveform with every double at its longest (24 characters), a comma and a space each. */
const bodyBytes = (elements: number): number => 2 * elements * 26 + 64 * 1024;
const BODY_BYTES_MAX = bodyBytes(ELEMENTS_MAX);

/** Entries name a waveform by this purpose's mac of its digest: who reads the ledger cannot try waveforms against it. */
const ITEM_PURPOSE = 'waveform-digest';

/** QWH-1 tags and digests, and what a waveform looks like. Strict: these routes have no clients of another system's. */
@ApiTags('waveforms')
@ApiBearerAuth()
@Controller('v1/waveforms')
export class WaveformsController {
  constructor(
    private readonly threads: WaveformThreads,
    private readonly tags: WaveformTags,
    private readonly access: KeyAccess,
    private readonly keyring: Keyring,
    private readonly log: AuditLog,
  ) {}

  @Post('tag')
  @HttpCode(200)
  @UnparsedBody('json')
  @BodyLimit(BODY_BYTES_MAX)
  @Requires(CRYPTO_PERMISSIONS['waveforms:tag'])
  @Audited(CRYPTO_EVENTS['waveform.tag'], 'group')
  @ApiOperation({ summary: 'Tag a waveform', description: 'HMAC-SHA-256 of every sample, with the latest version of a key. Not a fuzzy matcher: a change by one unit in the last place is another tag, and so is a global phase of a state vector.' })
  @ApiBody({ schema: waveformSchema('tag') })
  @ApiOkResponse({ type: WaveformTagDto })
  @ApiNotFoundResponse({ description: 'There is no such project or key that you may see.' })
  async tag(@CurrentPrincipal() principal: Principal, @BodyBytes() body: Buffer): Promise<WaveformTagDto> {
    const read = granted(await this.threads.perform(principal.id, 'read', { operation: 'tag', bytes: body }));
    const key = await this.permitted(principal, CRYPTO_PERMISSIONS['waveforms:tag'], read);
    const { tag, version } = await this.tags.tag(key, read.encoding);
    await this.record(CRYPTO_EVENTS['waveform.tag'], principal, key, read, { version });
    return { tag, version };
  }

  @Post('verify')
  @HttpCode(200)
  @UnparsedBody('json')
  @BodyLimit(BODY_BYTES_MAX)
  @Requires(CRYPTO_PERMISSIONS['waveforms:verify'])
  @Audited(CRYPTO_EVENTS['waveform.verify'], 'group')
  @ApiOperation({ summary: "Verify a waveform's tag", description: 'With the version of the key that the tag names, which must not be older than the key still verifies.' })
  @ApiBody({ schema: waveformSchema('verify') })
  @ApiOkResponse({ type: WaveformVerdictDto })
  @ApiNotFoundResponse({ description: 'There is no such project or key that you may see.' })
  async verify(@CurrentPrincipal() principal: Principal, @BodyBytes() body: Buffer): Promise<WaveformVerdictDto> {
    const read = granted(await this.threads.perform(principal.id, 'read', { operation: 'verify', bytes: body }));
    const key = await this.permitted(principal, CRYPTO_PERMISSIONS['waveforms:verify'], read);
    const { valid, version } = await this.tags.verify(key, read.tag, read.encoding);
    await this.record(CRYPTO_EVENTS['waveform.verify'], principal, key, read, { valid, ...(version === null ? {} : { version }) });
    return { valid };
  }

  @Post('digest')
  @HttpCode(200)
  @UnparsedBody('json')
  @BodyLimit(BODY_BYTES_MAX)
  @Requires(CRYPTO_PERMISSIONS['waveforms:digest'])
  @Unaudited('anybody can compute it: no key takes part')
  @ApiOperation({ summary: 'Digest a waveform', description: 'SHA-256 of the same bytes that are tagged: a name for the content, without a key.' })
  @ApiBody({ schema: waveformSchema('digest') })
  @ApiOkResponse({ type: WaveformDigestDto })
  async digest(@CurrentPrincipal() principal: Principal, @BodyBytes() body: Buffer): Promise<WaveformDigestDto> {
    const { digest } = granted(await this.threads.perform(principal.id, 'read', { operation: 'digest', bytes: body }));
    return { digest: formatDigest(Buffer.from(digest)) };
  }

  @Post('analyze')
  @HttpCode(200)
  @UnparsedBody('json')
  @BodyLimit(bodyBytes(ANALYZED_ELEMENTS_MAX))
  @Requires(CRYPTO_PERMISSIONS['waveforms:analyze'])
  @Unaudited('anybody can compute it: no key takes part')
  @ApiOperation({ summary: 'Describe a waveform', description: 'Mean, root mean square, peak and the dominant bin of its Fourier transform. At most 2^17 elements. Not a security function: it neither identifies nor authenticates anything.' })
  @ApiBody({ schema: waveformSchema('analyze') })
  @ApiOkResponse({ type: SignalFeaturesDto })
  async analyze(@CurrentPrincipal() principal: Principal, @BodyBytes() body: Buffer): Promise<SignalFeaturesDto> {
    return signalFeaturesDto(granted(await this.threads.perform(principal.id, 'analyze', { bytes: body })).features);
  }

  private async permitted(principal: Principal, permission: Permission, { key, project }: EncodedRequest): Promise<TransitKey> {
    if (!isKeyName(key)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/key', 'wrong-format', 'the name of a key');
    const { projectId, name } = await this.access.permit(principal, permission, project, key);
    return this.tags.key(principal, projectId, name);
  }

  private async record(kind: AuditEventKind, actor: Principal, key: TransitKey, { digest }: EncodedRequest, facts: Readonly<Record<string, number | boolean>>): Promise<void> {
    await this.log.record({ kind, outcome: 'success', actor, projectId: key.projectId, targets: [{ type: 'key', uid: key.id }], facts, items: [this.keyring.mac(ITEM_PURPOSE, digest)] });
  }
}

/** What was read, or the fault that names the member. */
function granted<T extends { readonly ok: true }>(read: T | { readonly ok: false; readonly refusal: RequestRefusal }): T {
  if (read.ok) return read;
  const { refusal } = read;
  if (refusal.why === 'not-json') throw malformedJson(refusal.error);
  if (refusal.why === 'invalid') throw new Fault(REQUEST_FAULTS['invalid-request'], { pointers: refusal.pointers });
  const { pointer, code, detail } = refusal.refusal;
  throw Fault.at(CRYPTO_FAULTS['waveform-refused'], pointer, code, detail);
}
