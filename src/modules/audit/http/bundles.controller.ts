import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PolicyDecision } from '#modules/rbac/index.js';
import { Audited, Requires } from '#platform/http/annotations.js';
import { CurrentPrincipal } from '#platform/http/parameters.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { parseTilePath } from '#pure/transparency-log/tile-path.js';
import { AuditLog } from '../audit-log.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_PERMISSIONS } from '../domain/audit.permissions.js';
import { LedgerReader } from '../ledger-reader.js';

const LOG_PREFIX = '/v1/audit/log/';
/** Immutable like every tile, and still not for shared caches: who may see it can change. */
const FOR_EVER_PRIVATELY = 'private, max-age=31536000, immutable';
/** After a succession: the paths are those of the former log's bundles. */
const FOR_NOW = 'private, no-cache';

const compress = promisify(gzip);

/** The entries themselves as c2sp.org/tlog-tiles names and packs them, for who may read all of the audit. */
@ApiTags('audit')
@Controller('v1/audit/log')
export class BundlesController {
  constructor(
    private readonly reader: LedgerReader,
    private readonly log: AuditLog,
    private readonly policy: PolicyDecision,
  ) {}

  @Get('tile/entries/*')
  @Requires(AUDIT_PERMISSIONS['audit:read'])
  @Audited(AUDIT_EVENTS['audit.bundle.read'], 'group')
  @ApiOperation({ summary: 'A bundle of entries', description: '`tile/entries/<index>[.p/<width>]`: up to 256 entries, each after its length as a big-endian uint16, as of the last checkpoint. Needs `audit:read` globally.' })
  @ApiParam({ name: 'path', description: '`<index>[.p/<width>]`', example: '000.p/17' })
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary', example: 'lengths and entries' } })
  async bundle(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    // A bundle has entries of every project, and of none.
    await this.policy.require(principal, AUDIT_PERMISSIONS['audit:read'], null);
    // Each bundle has one path, so the text itself is parsed and not what a decoder would make of it.
    const [path = ''] = request.url.slice(LOG_PREFIX.length).split('?', 1);
    const resource = parseTilePath(path);
    const bytes = resource?.kind === 'entries' ? await this.reader.bundle(resource.index, resource.width) : null;
    if (bytes === null) throw new Fault(REQUEST_FAULTS['not-found']);
    await this.log.record({ kind: AUDIT_EVENTS['audit.bundle.read'], outcome: 'success', actor: principal, targets: [{ type: 'entry-bundle', uid: path }] });
    void reply.header('Content-Type', 'application/octet-stream').header('Cache-Control', (await this.reader.isSuccessor()) ? FOR_NOW : FOR_EVER_PRIVATELY);
    // The specification asks for compression; entries shrink to a fifth.
    if (!takesGzip(request.headers['accept-encoding'])) return bytes;
    void reply.header('Content-Encoding', 'gzip');
    return compress(bytes);
  }
}

/** RFC 9110 §12.5.3, as far as gzip goes: it is named, and not with the weight 0. */
function takesGzip(accept: string | string[] | undefined): boolean {
  return [accept ?? []].flat().join(',').split(',').some((coding) => /^\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[\d.]+\s*)?$/i.test(coding));
}
