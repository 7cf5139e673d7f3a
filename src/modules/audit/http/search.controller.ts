import { Controller, Get, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticator } from '#modules/auth/index.js';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import { Audited, Requires } from '#platform/http/annotations.js';
import { nextLink } from '#platform/http/paging.dto.js';
import { CurrentPrincipal } from '#platform/http/parameters.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { isUuid } from '#pure/uuid/uuid.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_PERMISSIONS } from '../domain/audit.permissions.js';
import { LedgerExport } from '../search/ledger-export.js';
import { LedgerSearch, type SearchRequest } from '../search/ledger-search.js';
import { entryDto } from './entry.dto.js';
import { NDJSON, prefersNdjson } from './ndjson.js';
import { EntryListDto, filterOf, filtersOf, leafOfCursor, SearchQuery } from './search.dto.js';

const PATH = '/v1/audit/entries';
const READ = AUDIT_PERMISSIONS['audit:read'];
/** A client that takes nothing for so long has lost interest, or wants to keep others out. */
const EXPORT_IDLE_MILLIS = 30_000;

@ApiTags('audit')
@Controller('v1/audit')
export class SearchController {
  constructor(
    private readonly search: LedgerSearch,
    private readonly exports: LedgerExport,
    private readonly policy: PolicyDecision,
    private readonly projects: Projects,
    private readonly authenticator: Authenticator,
  ) {}

  @Get('entries')
  @Requires(READ)
  @Audited(AUDIT_EVENTS['audit.search'], 'group')
  @ApiOperation({
    summary: 'Search the ledger',
    description: `All filters that are given must match. A page is newest first; as long as there is a next one, there is more, also after a page with few items or none. With \`Accept: ${NDJSON}\` the whole result is streamed, oldest first, a line each, as the entries are stored; one that breaks off ends without the last chunk, and is not whole.`,
  })
  @ApiExtraModels(EntryListDto)
  @ApiOkResponse({
    description: 'What was found.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(EntryListDto) } },
      [NDJSON]: { schema: { type: 'string', example: '{"activity_id":1,"class_uid":3002,…}\n{"activity_id":2,"class_uid":6003,…}\n' } },
    },
  })
  async find(
    @CurrentPrincipal() principal: Principal,
    @Query() query: SearchQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EntryListDto | StreamableFile> {
    const [filter, before] = [filterOf(query), leafOfCursor(query.cursor)];
    const wanted: SearchRequest = { principal, filter, ...(await this.whereMay(principal, query.project)) };
    // A HEAD is answered with the page's: nobody would read the export.
    if (prefersNdjson(request.headers.accept) && request.method !== 'HEAD') return this.exported(wanted, request, reply);
    const { entries, last, size } = await this.search.page(wanted, before, query.limit);
    return { items: entries.map(entryDto), size, next: nextLink(PATH, query, last === null ? null : String(last), filtersOf(query)) };
  }

  private async exported(wanted: SearchRequest, request: FastifyRequest, reply: FastifyReply): Promise<StreamableFile> {
    const paged = ['cursor', 'limit'].find((name) => name in (request.query as object));
    if (paged !== undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], `query:${paged}`, 'not-applicable', 'an export is the whole result');
    const stream = await this.exports.open(wanted, () => this.requireStill(wanted));
    // Silence is ours where nothing is found for a while, and the client's where what was found is not taken.
    reply.raw.setTimeout(EXPORT_IDLE_MILLIS, () => {
      if (reply.raw.writableNeedDrain) stream.destroy(new Error('the client takes nothing'));
      else reply.raw.setTimeout(EXPORT_IDLE_MILLIS);
    });
    void reply.header('Content-Type', NDJSON);
    return new StreamableFile(stream, { type: NDJSON });
  }

  /** Session and permissions as of now; where one of the projects is not permitted any more, none is shown on. */
  private async requireStill({ principal, scope, projectId }: SearchRequest): Promise<void> {
    const now = await this.authenticator.again(principal);
    if (projectId !== null) return this.policy.require(now, READ, projectId);
    const permitted = await this.projects.permitting(now, READ);
    if (permitted === 'all') return;
    if (scope === 'all' || !scope.every((id) => permitted.includes(id))) throw new Fault(REQUEST_FAULTS.forbidden);
  }

  /** The one project that is asked for, or all in which the audit may be read; only who may read it everywhere sees what belongs to none. */
  private async whereMay(principal: Principal, project: string | undefined): Promise<Pick<SearchRequest, 'scope' | 'projectId'>> {
    if (project === undefined) return { scope: await this.projects.permitting(principal, READ), projectId: null };
    // An id also of a project that is archived: its past can be looked at.
    const projectId = isUuid(project) ? project : (await this.projects.resolve(principal, project)).id;
    await this.policy.require(principal, READ, projectId);
    return { scope: [projectId], projectId };
  }
}
