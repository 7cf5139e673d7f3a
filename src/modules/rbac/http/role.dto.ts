import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsInt, IsObject, IsString, Length, Matches, MaxLength, Min, ValidateNested } from 'class-validator';
import { strictDecimal } from '#platform/http/paging.dto.js';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import type { Permission } from '#pure/capability/permission.js';
import { DEPTH_MAX, NODES_MAX } from '#pure/policy/condition.js';
import { OPERATORS } from '#pure/policy/operators.js';
import { ASSURANCE_LEVELS, SCOPES } from '#pure/principal/principal.js';
import { PARENTS_MAX, type Role, RULES_BYTES_MAX, RULES_MAX, type RoleVersion } from '../domain/role.js';
import type { RoleDiff } from '../domain/role-diff.js';
import type { RoleDraft } from '../domain/role-draft.js';
import { FIELDS_MAX, type Rule, VERBS_MAX } from '../domain/rule.js';

const ID = '01981b7e-7a20-7d3e-a1f0-2c4b6d8e0f12';
const PERSON = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
const NOON = '2026-11-22T12:00:00.000Z';
const NAME = 'circuit-runner';
const DESCRIPTION = 'Runs circuits, and stops them.';
const NAME_PATTERN = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$';
const REFERENCE = /^[a-z0-9-]{1,63}$/;

export class RuleDto {
  @ApiProperty({ enum: ['allow', 'deny'], example: 'allow', description: 'A deny overrides every allow.' })
  @IsIn(['allow', 'deny'])
  effect!: 'allow' | 'deny';

  @ApiProperty({ example: 'simulation', maxLength: 63, description: '`*` is every resource.' })
  @IsString()
  @Length(1, 63)
  resource!: string;

  @ApiProperty({ type: [String], example: ['run', 'cancel'], minItems: 1, maxItems: VERBS_MAX, description: '`*` is every verb.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(VERBS_MAX)
  @IsString({ each: true })
  @Length(1, 63, { each: true })
  verbs!: string[];

  @ApiPropertyOptional({
    type: [String],
    example: ['status', 'progress'],
    minItems: 1,
    maxItems: FIELDS_MAX,
    description: 'Only these members of what is answered, where the resource can leave some out. A route that cannot takes an allow of some fields for none, and a deny of some for one of all.',
  })
  @UnlessAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(FIELDS_MAX)
  @IsString({ each: true })
  @Length(1, 64, { each: true })
  fields?: string[];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: { createdBy: { $eq: '${subject.id}' }, shots: { $lte: 10000 } },
    description: `Only of what meets the condition: attributes of the resource, of \`env\` and of \`subject\`, each with operators (${Object.keys(OPERATORS).join(', ')}), beside $and and $or. At most ${NODES_MAX} tests, on ${DEPTH_MAX} levels.`,
  })
  @UnlessAbsent()
  @IsObject()
  where?: object;
}

/** What a role says: the whole of it, wherever it is written. */
export class WriteRoleDto {
  @ApiProperty({ example: NAME, pattern: NAME_PATTERN, description: 'Unique, and not written like a UUID: bindings and parents may name a role by it.' })
  @IsString()
  @Length(1, 63)
  name!: string;

  @ApiPropertyOptional({ example: DESCRIPTION, maxLength: 500, default: '', description: 'For people.' })
  @UnlessAbsent()
  @IsString()
  @MaxLength(500)
  description?: string;

  @ApiProperty({ type: [RuleDto], maxItems: RULES_MAX, description: `At most ${RULES_MAX}, and ${RULES_BYTES_MAX} bytes of JSON. Resources and verbs are those of \`GET /v1/permissions\`.` })
  @IsArray()
  @ArrayMaxSize(RULES_MAX)
  @ValidateNested({ each: true })
  @Type(() => RuleDto)
  rules!: RuleDto[];

  @ApiPropertyOptional({ type: [String], example: ['viewer'], maxItems: PARENTS_MAX, default: [], description: 'Ids or names of roles whose rules it has too. At most five steps of inheritance follow one another.' })
  @UnlessAbsent()
  @IsArray()
  @ArrayMaxSize(PARENTS_MAX)
  @IsString({ each: true })
  @Matches(REFERENCE, { each: true })
  parents?: string[];
}

export class RoleDto {
  @ApiProperty({ example: ID, description: 'A UUID; of a builtin role its name.' }) id!: string;
  @ApiProperty({ example: NAME }) name!: string;
  @ApiProperty({ example: false, description: 'The same in every installation, and never changed.' }) builtin!: boolean;
  @ApiProperty({ example: DESCRIPTION }) description!: string;
  @ApiProperty({ type: [RuleDto], description: 'Its own, without those that it inherits.' }) rules!: RuleDto[];
  @ApiProperty({ type: [String], example: ['viewer'], description: 'Ids of the roles whose rules it has too.' }) parents!: readonly string[];
  @ApiProperty({ example: 3, description: 'Also its ETag.' }) version!: number;
  @ApiProperty({ format: 'date-time', example: NOON }) createdAt!: string;
  @ApiProperty({ format: 'date-time', example: NOON }) updatedAt!: string;
}

export class RoleListDto {
  @ApiProperty({ type: [RoleDto], description: 'By id.' }) items!: RoleDto[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'The next page; null on the last.' }) next!: string | null;
}

export class RoleVersionDto {
  @ApiProperty({ example: 2 }) version!: number;
  @ApiProperty({ example: NAME }) name!: string;
  @ApiProperty({ example: DESCRIPTION }) description!: string;
  @ApiProperty({ type: [RuleDto] }) rules!: RuleDto[];
  @ApiProperty({ type: [String], example: ['viewer'] }) parents!: readonly string[];
  @ApiProperty({ format: 'date-time', example: NOON, description: 'From then on it said this.' }) createdAt!: string;
  @ApiProperty({ example: PERSON, description: 'Who wrote it; of a builtin role `release`.' }) createdBy!: string;
}

export class RoleVersionListDto {
  @ApiProperty({ type: [RoleVersionDto], description: 'The newest first.' }) items!: RoleVersionDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/roles/${ID}/versions?limit=50&cursor=7`, description: 'The next page; null on the last.' }) next!: string | null;
}

const VersionNumber = (): PropertyDecorator => applyDecorators(Transform(({ value }) => strictDecimal(value)), IsInt(), Min(1));

export class RoleDiffQueryDto {
  @ApiProperty({ type: 'integer', minimum: 1, example: 1, description: 'A version of the role.' })
  @VersionNumber()
  from!: number;

  @ApiProperty({ type: 'integer', minimum: 1, example: 2, description: 'Another.' })
  @VersionNumber()
  to!: number;
}

export class TextChangeDto {
  @ApiProperty({ example: 'runner' }) from!: string;
  @ApiProperty({ example: NAME }) to!: string;
}

export class RuleChangesDto {
  @ApiProperty({ type: [RuleDto] }) added!: RuleDto[];
  @ApiProperty({ type: [RuleDto] }) removed!: RuleDto[];
}

export class ParentChangesDto {
  @ApiProperty({ type: [String], example: ['viewer'] }) added!: readonly string[];
  @ApiProperty({ type: [String], example: [] }) removed!: readonly string[];
}

export class RoleDiffDto {
  @ApiProperty({ type: TextChangeDto, nullable: true, example: null, description: 'Null: unchanged.' }) name!: TextChangeDto | null;
  @ApiProperty({ type: TextChangeDto, nullable: true, example: null, description: 'Null: unchanged.' }) description!: TextChangeDto | null;
  @ApiProperty({ type: RuleChangesDto, description: 'By what they say, in whatever order.' }) rules!: RuleChangesDto;
  @ApiProperty({ type: ParentChangesDto }) parents!: ParentChangesDto;
}

export class PermissionDto {
  @ApiProperty({ example: 'simulation:run' }) name!: string;
  @ApiProperty({ enum: SCOPES, example: 'run:simulation', description: 'The token scope without which no role helps.' }) scope!: string;
  @ApiProperty({ example: 'Run simulations' }) description!: string;
  @ApiProperty({ enum: ASSURANCE_LEVELS, example: 'aal1', description: 'The least assurance level of the session.' }) assurance!: string;
  @ApiProperty({ example: false, description: 'Every authenticated principal has it, without a role.' }) everyone!: boolean;
}

export class PermissionListDto {
  @ApiProperty({ type: [PermissionDto], description: 'All that there are, by name.' }) items!: PermissionDto[];
}

const ruleDto = ({ effect, resource, verbs, fields, where }: Rule): RuleDto => ({
  ...{ effect, resource, verbs: [...verbs] },
  ...(fields === undefined ? {} : { fields: [...fields] }),
  ...(where === undefined ? {} : { where }),
});

/** Whether its conditions mean anything is the engine's to say. */
export function draftOf({ name, description = '', rules, parents = [] }: WriteRoleDto): RoleDraft {
  return { name, description, rules: rules.map((rule) => ruleDto(rule as Rule) as Rule), parents };
}

export function roleDto({ id, name, builtin, description, rules, parents, version, createdAt, updatedAt }: Role): RoleDto {
  return { id, name, builtin, description, rules: rules.map(ruleDto), parents, version, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}

export function roleVersionDto({ version, name, description, rules, parents, createdAt, createdBy }: RoleVersion): RoleVersionDto {
  return { version, name, description, rules: rules.map(ruleDto), parents, createdAt: createdAt.toISOString(), createdBy };
}

export function roleDiffDto({ name, description, rules: { added, removed }, parents }: RoleDiff): RoleDiffDto {
  return { name, description, rules: { added: added.map(ruleDto), removed: removed.map(ruleDto) }, parents };
}

export function permissionDto({ name, scope, description, assurance, everyone }: Permission): PermissionDto {
  return { name, scope, description, assurance, everyone };
}
