import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Bucket, Public, Unaudited } from '#platform/http/annotations.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { parseTilePath } from '#pure/transparency-log/tile-path.js';
import { AUDIT_FAULTS } from '../domain/audit.faults.js';
import { LedgerReader } from '../ledger-reader.js';

const LOG_PREFIX = '/v1/audit/log/';
const TEXT = 'text/plain; charset=utf-8';
/** A tile of one width never changes, partial ones included: the next hashes have another path. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Unless a log was succeeded: the successor's tiles have the paths of the former's. */
const FOR_NOW = 'no-cache';

/**
 * The published log as c2sp.org/tlog-tiles names it; `/v1/audit/log` is its prefix. Bytes as specified, so that any
 * client of such logs reads it. Entry bundles show deeds, and these are for auditors: they have a door of their own.
 */
@ApiTags('audit')
@Controller('v1/audit/log')
export class LogController {
  constructor(private readonly reader: LedgerReader) {}

  @Get('vkeys')
  @Public('a receipt is checked with them by people who have no account')
  @Unaudited('it reveals public keys')
  @Bucket('vkeys')
  @ApiOperation({ summary: 'Verifier keys of the log', description: 'One C2SP vkey a line: Ed25519 of the log, ML-DSA-44 of its cosigner. Keep your own copy before you rely on receipts.' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'quantonium.example/audit/1+a1b2c3d4+AX2x…\n' } })
  async verifierKeys(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const keys = await this.reader.verifierKeys();
    if (keys.length === 0) throw unpublished();
    void reply.header('Content-Type', TEXT).header('Cache-Control', 'no-cache');
    return keys.map((key) => `${key}\n`).join('');
  }

  @Get('checkpoint')
  @Public('witnesses and monitors read it; it shows the size of the log and a hash')
  @Unaudited('monitors poll it every second')
  @Bucket('checkpoint')
  @ApiOperation({ summary: 'The last signed checkpoint', description: 'A C2SP signed note: origin, size, root hash; signed with Ed25519 and cosigned with ML-DSA-44.' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'quantonium.example/audit/1\n17\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— quantonium.example/audit/1 hI2DJw…\n' } })
  async checkpoint(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const note = await this.reader.checkpoint();
    if (note === null) throw unpublished();
    void reply.header('Content-Type', TEXT).header('Cache-Control', 'no-cache');
    return note;
  }

  @Get('tile/*')
  @Public('monitors and witnesses read them; they show hashes')
  @Unaudited('a monitor reads every one of them')
  @Bucket('tiles')
  @ApiOperation({ summary: 'A tile of the tree', description: '`tile/<level>/<index>[.p/<width>]`: up to 256 hashes of 32 bytes, as of the last checkpoint.' })
  @ApiParam({ name: 'path', description: '`<level>/<index>[.p/<width>]`', example: '0/000.p/17' })
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary', example: '32 to 8192 bytes' } })
  async tile(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    // Each tile has one path, so the text itself is parsed and not what a decoder would make of it.
    const [path = ''] = request.url.slice(LOG_PREFIX.length).split('?', 1);
    const resource = parseTilePath(path);
    const bytes = resource?.kind === 'hashes' ? await this.reader.tile(resource) : null;
    if (bytes === null) throw new Fault(REQUEST_FAULTS['not-found']);
    void reply.header('Content-Type', 'application/octet-stream').header('Cache-Control', (await this.reader.isSuccessor()) ? FOR_NOW : FOR_EVER);
    return bytes;
  }
}

function unpublished(): Fault {
  return new Fault(AUDIT_FAULTS['log-unpublished'], { headers: { 'Retry-After': '1' } });
}
