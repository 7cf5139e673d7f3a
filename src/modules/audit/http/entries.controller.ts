import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PolicyDecision } from '#modules/rbac/index.js';
import { Audited, Bucket, Public, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import { encodeBase64 } from '#pure/encoding/base64.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AuditLog } from '../audit-log.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_FAULTS } from '../domain/audit.faults.js';
import { AUDIT_PERMISSIONS } from '../domain/audit.permissions.js';
import { LedgerReader } from '../ledger-reader.js';
import { PersonalDataReader } from '../privacy/personal-data-reader.js';
import { EntryQuery, entryDto, personalDto, SingleEntryDto } from './entry.dto.js';
import { ConsistencyQuery, InclusionQuery, Proof } from './proofs.dto.js';

/** Sequenced within 200 ms, published within a second of the last checkpoint. */
const RETRY_AFTER_SECONDS = '1';

@ApiTags('audit')
@Controller('v1/audit')
export class EntriesController {
  constructor(
    private readonly reader: LedgerReader,
    private readonly log: AuditLog,
    private readonly policy: PolicyDecision,
    private readonly personal: PersonalDataReader,
  ) {}

  @Get('entries/:id')
  @Requires(AUDIT_PERMISSIONS['audit:read'])
  @Audited(AUDIT_EVENTS['audit.entry.read'], 'group')
  @ApiOperation({ summary: 'An entry' })
  @ApiOkResponse({ type: SingleEntryDto })
  @ApiAcceptedResponse({ description: 'No checkpoint covers the entry yet: ask again after Retry-After.', type: SingleEntryDto })
  async entry(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidParam) id: string,
    @Query() query: EntryQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SingleEntryDto> {
    const projectId = await this.requireReadable(principal, id);
    const showPersonal = query.personal === 'true';
    if (showPersonal) await this.policy.require(principal, AUDIT_PERMISSIONS['audit:personal'], projectId);
    const entry = await this.reader.entry(id);
    if (entry === null) throw new Fault(REQUEST_FAULTS['not-found']);
    await this.recordRead(principal, id, projectId, showPersonal ? { personalShown: true } : {});
    if (entry === 'pending') {
      void reply.code(202).header('Retry-After', RETRY_AFTER_SECONDS);
      return { id, index: null, entry: null };
    }
    if (!showPersonal) return entryDto(entry);
    return { ...entryDto(entry), personal: ((await this.personal.open(id, entry.body)) ?? []).map(personalDto) };
  }

  @Get('entries/:id/receipt')
  @Requires(AUDIT_PERMISSIONS['audit:read'])
  @Audited(AUDIT_EVENTS['audit.entry.read'], 'group')
  @ApiOperation({ summary: 'The receipt of an entry', description: 'A C2SP tlog-proof with the entry\'s bytes in its extra line. It can be checked offline with the log\'s vkeys.' })
  @ApiParam({ name: 'id', example: '019a94de-4b70-7c00-8000-000000000001' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'c2sp.org/tlog-proof@v1\nextra eyJhY3Rpdml0eV9pZCI6…\nindex 5\n…' } })
  @ApiAcceptedResponse({ description: 'No checkpoint covers the entry yet: ask again after Retry-After.', schema: { type: 'string', example: 'pending\n' } })
  async receipt(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const projectId = await this.requireReadable(principal, id);
    const receipt = await this.reader.receipt(id);
    await this.recordRead(principal, id, projectId);
    void reply.header('Content-Type', 'text/plain; charset=utf-8');
    if (receipt instanceof Buffer) return receipt.toString('utf8');
    void reply.code(202).header('Retry-After', RETRY_AFTER_SECONDS);
    return 'pending\n';
  }

  @Get('entries/:id/items')
  @Requires(AUDIT_PERMISSIONS['audit:read'])
  @Audited(AUDIT_EVENTS['audit.entry.read'], 'group')
  @ApiOperation({ summary: 'The items of an entry', description: 'Of an entry that has an itemsRoot: the digests that are the leaves of its RFC 6962 tree, in hex, a line each. An entry that tells its items itself has no such list.' })
  @ApiParam({ name: 'id', example: '019a94de-4b70-7c00-8000-000000000001' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n' } })
  async items(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const projectId = await this.requireReadable(principal, id);
    const items = await this.reader.items(id);
    if (items === null) throw new Fault(REQUEST_FAULTS['not-found'], { detail: 'The entry tells its items itself, or has none.' });
    await this.recordRead(principal, id, projectId);
    void reply.header('Content-Type', 'text/plain; charset=utf-8');
    return items.map((digest) => `${digest.toString('hex')}\n`).join('');
  }

  @Get('proofs/inclusion')
  @Requires(AUDIT_PERMISSIONS['audit:read'])
  @Unaudited('it shows a place and hashes, which the public tiles show too')
  @ApiOperation({ summary: 'Proof that an entry is in the tree of the last checkpoint' })
  @ApiOkResponse({ type: Proof })
  async inclusion(@CurrentPrincipal() principal: Principal, @Query() { entry }: InclusionQuery): Promise<Proof> {
    // What was pruned has no project any more, and is proven to who may read everything.
    if (await this.reader.isPruned(entry)) await this.policy.require(principal, AUDIT_PERMISSIONS['audit:read'], null);
    else await this.requireReadable(principal, entry);
    const proof = await this.reader.inclusionProof(entry);
    if (proof === null) throw new Fault(REQUEST_FAULTS['not-found'], { detail: 'No checkpoint covers the entry yet.', headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
    return { from: proof.index, size: proof.size, hashes: proof.hashes.map(encodeBase64) };
  }

  @Get('proofs/consistency')
  @Public('it shows hashes, which the public tiles show too')
  @Unaudited('monitors ask it at every checkpoint')
  @Bucket('tiles')
  @ApiOperation({ summary: 'Proof that a tree is the beginning of a later one' })
  @ApiOkResponse({ type: Proof })
  async consistency(@Query() { from, to }: ConsistencyQuery): Promise<Proof> {
    const hashes = await this.reader.consistencyProof(from, to);
    if (hashes === null) throw Fault.at(REQUEST_FAULTS['invalid-request'], 'query:to', 'out-of-range', 'from at most to, and to at most the size of the last checkpoint');
    return { from, size: to, hashes: hashes.map(encodeBase64) };
  }

  private async recordRead(principal: Principal, entryId: string, projectId: string | null, facts: { personalShown?: boolean } = {}): Promise<void> {
    const scope = projectId === null ? {} : { projectId };
    await this.log.record({ kind: AUDIT_EVENTS['audit.entry.read'], outcome: 'success', actor: principal, targets: [{ type: 'entry', uid: entryId }], facts: { ...facts }, ...scope });
  }

  /** An entry belongs to a project or to the whole server, and is read by who may read the audit there. */
  private async requireReadable(principal: Principal, entryId: string): Promise<string | null> {
    const projectId = await this.reader.projectOf(entryId);
    // Who may not read everything is not told which entries there are: neither one of no project, nor one of another.
    await this.policy.require(principal, AUDIT_PERMISSIONS['audit:read'], projectId ?? null).catch((error: unknown) => {
      throw error instanceof Fault && error.kind === REQUEST_FAULTS.forbidden ? new Fault(REQUEST_FAULTS['not-found'], { concealed: true }) : error;
    });
    if (projectId !== undefined) return projectId;
    throw new Fault((await this.reader.isPruned(entryId)) ? AUDIT_FAULTS['entry-pruned'] : REQUEST_FAULTS['not-found']);
  }
}
