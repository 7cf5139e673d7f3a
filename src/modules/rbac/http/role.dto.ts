import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Permission } from '#pure/capability/permission.js';
import { ASSURANCE_LEVELS, SCOPES } from '#pure/principal/principal.js';
import type { Role } from '../domain/role.js';

export class RuleDto {
  @ApiProperty({ enum: ['allow', 'deny'], example: 'allow', description: 'A deny overrides every allow.' }) effect!: string;
  @ApiProperty({ example: 'simulation', description: '`*` is every resource.' }) resource!: string;
  @ApiProperty({ type: [String], example: ['run', 'cancel'], description: '`*` is every verb.' }) verbs!: string[];
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'object', properties: { in: { type: 'array', items: { type: 'string' }, example: ['invoices'] } } },
    example: { name: { in: ['invoices'] } },
    description: 'Only of what has, of every attribute that is named, one of the values: of keys `name`, of signing also `hash`.',
  })
  where?: object;
}

export class RoleDto {
  @ApiProperty({ example: 'researcher' }) id!: string;
  @ApiProperty({ example: true, description: 'The same in every installation, and never changed.' }) builtin!: boolean;
  @ApiProperty({ example: 'Runs and cancels simulations, tags waveforms, and sees what a viewer sees.' }) description!: string;
  @ApiProperty({ type: [RuleDto] }) rules!: RuleDto[];
}

export class RoleListDto {
  @ApiProperty({ type: [RoleDto], description: 'By id.' }) items!: RoleDto[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'The next page; null on the last.' }) next!: string | null;
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

export function roleDto({ id, builtin, description, rules }: Role): RoleDto {
  return { id, builtin, description, rules: rules.map(({ effect, resource, verbs, where }) => ({ effect, resource, verbs: [...verbs], ...(where === undefined ? {} : { where }) })) };
}

export function permissionDto({ name, scope, description, assurance, everyone }: Permission): PermissionDto {
  return { name, scope, description, assurance, everyone };
}
