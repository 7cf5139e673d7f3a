import { createHash } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiProperty, ApiQuery } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import type { FastifyReply } from 'fastify';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, AuditedWhen, Authenticates, Bucket, NeedsApproval, Public, Requires, StreamedBody, Unaudited } from '#platform/http/annotations.js';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { PagingDto } from '#platform/http/paging.dto.js';
import { BodyStream, CurrentPrincipal, IdempotencyRequest, PreferredWaitMillis, UuidParam } from '#platform/http/parameters.js';
import { requestTrail } from '#platform/system/request-context.js';
import { ApprovalNeeded, type ApprovableRequest } from '#pure/approval/approval.js';
import { auditEvents } from '#pure/audit-event/audit-event.js';
import { permissions } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';

export const CAN = permissions({
  'thing:read': { scope: 'read:data', description: 'x' },
  'thing:make': { scope: 'write:data', description: 'x' },
  'account:update': { scope: 'manage:identity', description: 'x', everyone: true },
});
/** What making a thing of this name records beside the making. */
const MORE_EVENTS: Readonly<Record<string, string>> = { twice: 'thing.make', meddling: 'thing.refuse', thorough: 'thing.list' };

export const DID = auditEvents({ 'thing.make': { classUid: 6003, activityId: 1, description: 'x' }, 'thing.list': { classUid: 6003, activityId: 2, description: 'x' }, 'thing.refuse': { classUid: 3002, activityId: 1, description: 'x' } });

export class PartDto {
  @ApiProperty({ example: 'bolt' }) @IsString() label!: string;
}

export class ThingDto {
  @ApiProperty({ example: 'crane' }) @IsString() name!: string;
  @ApiProperty({ example: 3 }) @IsInt() @Min(1) @Max(10) count!: number;
  @ApiProperty({ required: false, type: PartDto }) @IsOptional() @ValidateNested() @Type(() => PartDto) part?: PartDto;
  @ApiProperty({ required: false, type: [PartDto] }) @IsOptional() @ValidateNested({ each: true }) @Type(() => PartDto) parts?: PartDto[];
}

/** Handlers that do what is written in the request, for the specs of everything that stands before them. */
@Controller('things')
export class ThingsController {
  ran = 0;
  /** Called by `make`, for the spec of the order. */
  onMake: () => void = () => {};

  @Get()
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  list(@Query() page: PagingDto, @CurrentPrincipal() principal: Principal): object {
    this.ran += 1;
    return { limit: page.limit, cursor: page.cursor ?? null, who: principal.id };
  }

  @Get('open')
  @Public('test')
  @Unaudited('test')
  openly(): object {
    return { open: true };
  }

  @Post('login')
  @Public('test')
  @Authenticates()
  @Unaudited('test')
  @HttpCode(200)
  login(@Body() { label }: PartDto): object {
    if (label !== 'right') throw new Fault(REQUEST_FAULTS.unauthenticated);
    return { token: 'good-ann' };
  }

  @Get('own-bucket')
  @Public('test')
  @Unaudited('test')
  @Bucket('jwks')
  ownBucket(): object {
    return { open: true };
  }

  @Get('probe')
  @Public('test')
  @Unaudited('test')
  @Bucket('health')
  probe(): object {
    return { open: true };
  }

  @Get('broken')
  @Public('test')
  @Unaudited('test')
  broken(): never {
    throw new TypeError('SELECT secret FROM vault at /srv/app.js');
  }

  @Get('waiting')
  @Public('test')
  @Unaudited('test')
  waiting(@PreferredWaitMillis(30) waitMillis: number): object {
    return { waitMillis };
  }

  @Get('refused-by-the-deed')
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  refusedByTheDeed(): never {
    throw new Fault(REQUEST_FAULTS.forbidden, { detail: 'not in this project' });
  }

  @Post('failed-login')
  @Public('test')
  @Audited(DID['thing.refuse'], 'group')
  failedLogin(): never {
    requestTrail()!.committedEvents.push({ id: 'refused-1', code: 'thing.refuse' });
    throw new Fault(REQUEST_FAULTS.unauthenticated);
  }

  @Get('whispering')
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  whispering(): object {
    requestTrail()!.committedEvents.push({ id: 'event-9', code: 'thing.make' });
    return {};
  }

  @Get('across')
  @Requires(CAN['thing:read'])
  @AuditedWhen(DID['thing.list'], 'group', 'some read more than others')
  @ApiQuery({ name: 'records', required: false, example: 'thing.list' })
  across(@Query('records') code?: string): object {
    if (code !== undefined) requestTrail()!.committedEvents.push({ id: 'event-7', code });
    return {};
  }

  @Put('own-password')
  @HttpCode(204)
  @Requires(CAN['account:update'])
  @Unaudited('test')
  ownPassword(): void {}

  @Post('by-two')
  @HttpCode(200)
  @Requires(CAN['thing:make'])
  @NeedsApproval()
  @Audited(DID['thing.make'], 'transaction')
  byTwo(@ApprovalRequest() request: ApprovableRequest, @Body() { label }: PartDto, @Res({ passthrough: true }) reply: FastifyReply): object {
    void reply.header('location', '/things/by-two/1');
    if (label !== 'forgetful' && request.approvalId === null) throw new ApprovalNeeded({ permission: 'thing:make', projectId: null, target: { type: 'thing', uid: '1', version: 1 }, summary: `Make ${label}` });
    const trail = requestTrail()!;
    trail.committedEvents.push({ id: 'event-1', code: 'thing.make' });
    if (request.approvalId !== null) {
      trail.committedEvents.push({ id: 'event-2', code: 'thing.approval' });
      trail.approval = { eventId: 'event-2' };
    }
    return { ...request };
  }

  @Post('by-two-at-times')
  @HttpCode(200)
  @Requires(CAN['thing:make'])
  @NeedsApproval('for large ones')
  @Audited(DID['thing.make'], 'transaction')
  byTwoAtTimes(@ApprovalRequest() request: ApprovableRequest): object {
    requestTrail()!.committedEvents.push({ id: 'event-1', code: 'thing.make' });
    return { approvalId: request.approvalId };
  }

  @Post('by-two-in-secret')
  @HttpCode(200)
  @Requires(CAN['thing:make'])
  @Audited(DID['thing.make'], 'transaction')
  byTwoInSecret(): never {
    throw new ApprovalNeeded({ permission: 'thing:make', projectId: null, target: { type: 'thing', uid: '1', version: 1 }, summary: 'Make it' });
  }

  @Get('challenge')
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  @Bucket('registry-challenge')
  challenge(): object {
    return {};
  }

  @Get(':id')
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  get(@Param('id', UuidParam) id: string): object {
    return { id };
  }

  @Post()
  @HttpCode(201)
  @Requires(CAN['thing:make'])
  @Audited(DID['thing.make'], 'transaction', [DID['thing.list']])
  async make(@Body() thing: ThingDto, @IdempotencyRequest() once: IdempotentRequest | null, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    // Through the event loop and back: the trail must have come along.
    await new Promise((resolve) => setImmediate(resolve));
    this.ran += 1;
    this.onMake();
    reply.header('location', '/things/1');
    const [, replayedStatus] = /^replayed (\d+)$/.exec(thing.name) ?? [];
    if (replayedStatus !== undefined) requestTrail()!.replayedStatus = Number(replayedStatus);
    else if (thing.name !== 'forgetful') requestTrail()!.committedEvents.push({ id: 'event-1', code: 'thing.make' });
    const more = MORE_EVENTS[thing.name];
    if (more !== undefined) requestTrail()!.committedEvents.push({ id: 'event-2', code: more });
    return { name: thing.name, key: once?.key ?? null, route: once?.route ?? null, digest: once?.bodyDigest.toString('hex') ?? null };
  }

  @Post('open')
  @HttpCode(200)
  @Public('test')
  @Unaudited('test')
  open(@Body() thing: ThingDto): object {
    return { ...thing };
  }

  @Post('unread')
  @HttpCode(200)
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  @StreamedBody()
  unread(): object {
    return {};
  }

  @Put('blob')
  @Requires(CAN['thing:make'])
  @Audited(DID['thing.make'], 'stream')
  @StreamedBody()
  async blob(@BodyStream() stream: AsyncIterable<Uint8Array>): Promise<object> {
    this.ran += 1;
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of stream) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
    requestTrail()!.committedEvents.push({ id: 'event-2', code: 'thing.make' });
    return { sizeBytes, digest: hash.digest('hex') };
  }
}
