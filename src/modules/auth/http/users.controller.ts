import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ExpectedVersion } from '#platform/database/expected-version.js';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { etagOf, IfMatch, RequiredIfMatch } from '#platform/http/if-match.js';
import { nextLink, pageById } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import { LEFT_OUT, shown as permitted } from '#platform/http/shown-fields.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import type { User } from '../domain/account.js';
import { Users } from '../users.js';
import { CreatedUserDto, CreateUserDto, ShownUserDto, UpdateUserDto, UserDto, userDtoOf, UserListDto, UserQueryDto } from './users.dto.js';

/**
 * Accounts of people. There is no DELETE: an id in the ledger must never come to mean somebody else. To disable and to
 * enable are deeds and not fields of a PATCH, so that each has its own permission and event.
 */
@ApiTags('users')
@Controller('v1/users')
export class UsersController {
  constructor(private readonly users: Users) {}

  @Post()
  @Requires(AUTH_PERMISSIONS['users:create'])
  @Audited(AUTH_EVENTS['auth.user.create'], 'transaction')
  @ApiOperation({ summary: 'Create a user' })
  @ApiCreatedResponse({ type: CreatedUserDto })
  @ApiConflictResponse({ description: 'The username is taken; or the key of the request made a user before, whose one-time password is not shown again.' })
  async create(
    @CurrentPrincipal() principal: Principal,
    @IdempotencyRequest() request: IdempotentRequest | null,
    @Body() body: CreateUserDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CreatedUserDto> {
    const { user, oneTimePassword } = await this.users.create(principal, request, body);
    // The one-time password is in this answer alone; a repeated request is refused (409), since only its hash was kept.
    void reply.header('Location', `/v1/users/${user.id}`).header('ETag', etagOf(user)).header('Cache-Control', 'no-store');
    return { ...userDtoOf(user), ...(oneTimePassword === null ? {} : { oneTimePassword }) };
  }

  @Get()
  @Requires(AUTH_PERMISSIONS['users:read'])
  @Unaudited('it shows names and states to who administers them, and changes nothing')
  @ApiOperation({ summary: 'List users', description: LEFT_OUT })
  @ApiOkResponse({ type: UserListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: UserQueryDto): Promise<UserListDto> {
    const { status, username } = query;
    const filter = { ...(status === undefined ? {} : { status }), ...(username === undefined ? {} : { username }) };
    const { items, next } = await this.users.list(principal, filter, pageById(query));
    return { items: items.map(({ user, fields }) => permitted(userDtoOf(user), fields)), next: nextLink('/v1/users', query, next, filter) };
  }

  @Get(':id')
  @Requires(AUTH_PERMISSIONS['users:read'])
  @Unaudited('it shows a name and a state to who administers them, and changes nothing')
  @ApiOperation({ summary: 'Show a user', description: LEFT_OUT })
  @ApiOkResponse({ type: ShownUserDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<ShownUserDto> {
    const { user, fields } = await this.users.get(principal, id);
    return permitted(shown(user, reply), fields);
  }

  @Patch(':id')
  @Requires(AUTH_PERMISSIONS['users:update'])
  @Audited(AUTH_EVENTS['auth.user.update'], 'transaction')
  @ApiOperation({ summary: 'Change what a user is called', description: 'The username never changes. Accounts of owners and security admins are changed by owners alone.' })
  @ApiConflictResponse({ description: 'The account was erased.' })
  @ApiOkResponse({ type: UserDto })
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidParam) id: string,
    @RequiredIfMatch() expected: ExpectedVersion,
    @Body() { displayName }: UpdateUserDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserDto> {
    return shown(await this.users.rename(principal, id, expected, displayName), reply);
  }

  @Post(':id/disable')
  @Requires(AUTH_PERMISSIONS['users:disable'])
  @Audited(AUTH_EVENTS['auth.user.disable'], 'transaction')
  @HttpCode(200)
  @ApiOperation({ summary: 'Disable a user', description: 'Their sessions end at once, on every replica.' })
  @ApiConflictResponse({ description: 'It is the own account, or that of the last owner.' })
  @ApiOkResponse({ type: UserDto })
  async disable(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Res({ passthrough: true }) reply: FastifyReply): Promise<UserDto> {
    return shown(await this.users.disable(principal, id, expected), reply);
  }

  @Post(':id/enable')
  @Requires(AUTH_PERMISSIONS['users:disable'])
  @Audited(AUTH_EVENTS['auth.user.enable'], 'transaction')
  @HttpCode(200)
  @ApiOperation({ summary: 'Enable a user' })
  @ApiOkResponse({ type: UserDto })
  @ApiConflictResponse({ description: 'The account was erased.' })
  async enable(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Res({ passthrough: true }) reply: FastifyReply): Promise<UserDto> {
    return shown(await this.users.enable(principal, id, expected), reply);
  }
}

function shown(user: User, reply: FastifyReply): UserDto {
  void reply.header('ETag', etagOf(user));
  return userDtoOf(user);
}
