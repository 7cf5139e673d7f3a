import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, IsIP, IsObject, IsString, Matches, ValidateNested } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { type AssuranceLevel, ASSURANCE_LEVELS, type Scope, SCOPES } from '#pure/principal/principal.js';
import { UUID } from '#pure/uuid/uuid.js';
import { DECIDERS } from '../domain/explanation.js';
import { RuleDto } from './role.dto.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const SUBJECT = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
const SCOPE = /^(?:global|project:[a-z0-9-]{1,63})$/;
const SCOPE_EXAMPLE = 'project:01900000-0000-7000-8000-000000000001';
const ROLE = /^[a-z0-9-]{1,63}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;

export class CredentialDto {
  @ApiPropertyOptional({ type: [String], enum: SCOPES, example: ['read:data', 'run:simulation'], description: 'Scopes of the token; all of them unless told.' })
  @UnlessAbsent()
  @IsArray()
  @ArrayUnique()
  @IsIn(SCOPES, { each: true })
  scopes?: Scope[];

  @ApiPropertyOptional({ enum: ASSURANCE_LEVELS, example: 'aal1', description: 'How strongly the login was proven; `aal1` unless told.' })
  @UnlessAbsent()
  @IsIn(ASSURANCE_LEVELS)
  assurance?: AssuranceLevel;

  @ApiPropertyOptional({ example: '192.0.2.7', description: 'Where the request would come from. Without it no rule that asks for the address is met.' })
  @UnlessAbsent()
  @IsIP()
  ip?: string;
}

export class PolicyQuestionDto {
  @ApiProperty({ format: 'uuid', example: SUBJECT, description: 'The user or service account.' })
  @IsString()
  @Matches(UUID)
  subjectId!: string;

  @ApiProperty({ example: 'simulation:run', description: 'One of `GET /v1/permissions`.' })
  @IsString()
  @Matches(/^[a-z-]{1,64}:[a-z-]{1,64}$/)
  permission!: string;

  @ApiProperty({ example: SCOPE_EXAMPLE, description: '`global`, or `project:` with the id or slug of a project.' })
  @IsString()
  @Matches(SCOPE)
  scope!: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { createdBy: SUBJECT }, description: 'Of the object that it would be done to. A rule about what is not said allows nothing, and denies.' })
  @UnlessAbsent()
  @IsObject()
  attributes?: Record<string, unknown>;

  @ApiPropertyOptional({ type: CredentialDto })
  @UnlessAbsent()
  @ValidateNested()
  @Type(() => CredentialDto)
  credential?: CredentialDto;
}

export class PolicyCheckDto {
  @ApiProperty({ example: false }) allowed!: boolean;
}

export class NamedRuleDto {
  @ApiProperty({ format: 'uuid', example: ID, description: 'The role binding by which it is held.' }) bindingId!: string;
  @ApiProperty({ example: 'researcher', description: 'The role that is bound.' }) role!: string;
  @ApiProperty({ example: 'researcher', description: 'The role that says it: the bound one, or one that it inherits from.' }) definedIn!: string;
  @ApiProperty({ type: 'integer', minimum: 0, example: 7, description: 'Its place among the rules of that role, from 0.' }) index!: number;
  @ApiProperty({ example: SCOPE_EXAMPLE, description: 'Where the binding reaches.' }) scope!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null, description: 'When the binding ends.' }) expiresAt!: string | null;
  @ApiProperty({ type: RuleDto }) rule!: RuleDto;
}

const NAMED_RULE = { bindingId: ID, role: 'researcher', definedIn: 'researcher', index: 7, scope: SCOPE_EXAMPLE, expiresAt: null, rule: { effect: 'allow', resource: 'simulation', verbs: ['run'] } };

export class NeededDto {
  @ApiProperty({ type: String, enum: [...SCOPES, null], nullable: true, example: null, description: 'The token scope that is missing.' }) scope!: string | null;
  @ApiProperty({ type: String, enum: [...ASSURANCE_LEVELS, null], nullable: true, example: null, description: 'The assurance level that the login lacks.' }) assurance!: string | null;
  @ApiProperty({ type: [String], example: ['researcher'], description: 'Roles of which each alone would allow it there.' }) roles!: string[];
}

export class ExplanationDto {
  @ApiProperty({ example: true }) allowed!: boolean;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'The problem that a request would be answered with; null when it is allowed.' }) code!: string | null;
  @ApiProperty({ enum: DECIDERS, example: 'allow-rule', description: 'What settled it. `owner-…`: the person who answers for the service account.' }) decidedBy!: string;
  @ApiProperty({ type: NamedRuleDto, nullable: true, example: NAMED_RULE, description: 'The rule of the subject that decided, or that allowed what something else then refused.' }) rule!: NamedRuleDto | null;
  @ApiProperty({ type: NamedRuleDto, nullable: true, example: null, description: 'That of the person who answers for a service account.' }) ownersRule!: NamedRuleDto | null;
  @ApiProperty({ type: NeededDto }) needed!: NeededDto;
}

export class EffectiveQueryDto {
  @ApiPropertyOptional({ example: 'project:default', description: '`global`, or `project:` with the id or slug of a project; `global` unless told.' })
  @UnlessAbsent()
  @Matches(SCOPE)
  scope?: string;
}

export class HeldRoleDto {
  @ApiProperty({ format: 'uuid', example: ID, description: 'The role binding.' }) bindingId!: string;
  @ApiProperty({ example: 'researcher' }) role!: string;
  @ApiProperty({ type: [String], example: ['researcher'], description: 'The role with all that it inherits from.' }) lineage!: string[];
  @ApiProperty({ example: SCOPE_EXAMPLE }) scope!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) expiresAt!: string | null;
}

export class EffectivePermissionDto {
  @ApiProperty({ example: 'simulation:run' }) permission!: string;
  @ApiProperty({ enum: ['always', 'sometimes'], example: 'always', description: '`sometimes`: it depends on the object, or on the request.' }) extent!: string;
}

export class EffectivePolicyDto {
  @ApiProperty({ format: 'uuid', example: SUBJECT }) subjectId!: string;
  @ApiProperty({ example: 'global' }) scope!: string;
  @ApiProperty({ example: true, description: 'Who is disabled may do nothing, whatever their roles say.' }) active!: boolean;
  @ApiProperty({ type: [HeldRoleDto], description: 'What it holds there, and is in force.' }) roles!: HeldRoleDto[];
  @ApiProperty({ type: [EffectivePermissionDto], description: 'What it may do there, by name; of a service account, what its owner may do too.' }) permissions!: EffectivePermissionDto[];
}

export class DryBindDto {
  @ApiProperty({ format: 'uuid', example: SUBJECT })
  @IsString()
  @Matches(UUID)
  subjectId!: string;

  @ApiProperty({ example: 'researcher', description: 'The id or name of a role.' })
  @IsString()
  @Matches(ROLE)
  role!: string;

  @ApiProperty({ example: 'project:default', description: '`global`, or `project:` with the id or slug of a project.' })
  @IsString()
  @Matches(SCOPE)
  scope!: string;

  @ApiPropertyOptional({ format: 'date-time', example: '2027-01-01T00:00:00Z' })
  @UnlessAbsent()
  @IsString()
  @Matches(INSTANT)
  expiresAt?: string;
}

export class DryUnbindDto {
  @ApiProperty({ format: 'uuid', example: ID, description: 'A role binding.' })
  @IsString()
  @Matches(UUID)
  bindingId!: string;
}

export class DryRoleDto {
  @ApiProperty({ example: 'lab-lead', description: 'The id or name of a role that is not builtin.' })
  @IsString()
  @Matches(ROLE)
  role!: string;

  @ApiPropertyOptional({ type: [RuleDto], maxItems: 100, description: 'All that it would say; what it says now unless told.' })
  @UnlessAbsent()
  @IsArray()
  @ArrayMaxSize(100)
  @IsObject({ each: true })
  rules?: RuleDto[];

  @ApiPropertyOptional({ type: [String], maxItems: 16, example: ['viewer'], description: 'All that it would inherit from; what it inherits from now unless told.' })
  @UnlessAbsent()
  @IsArray()
  @ArrayMaxSize(16)
  @IsString({ each: true })
  @Matches(ROLE, { each: true })
  parents?: string[];
}

export class DryRunRequestDto {
  @ApiPropertyOptional({ type: DryBindDto, description: 'A role would be given.' })
  @UnlessAbsent()
  @ValidateNested()
  @Type(() => DryBindDto)
  bind?: DryBindDto;

  @ApiPropertyOptional({ type: DryUnbindDto, description: 'A role would be taken away.' })
  @UnlessAbsent()
  @ValidateNested()
  @Type(() => DryUnbindDto)
  unbind?: DryUnbindDto;

  @ApiPropertyOptional({ type: DryRoleDto, description: 'A role would say something else, or inherit from others.' })
  @UnlessAbsent()
  @ValidateNested()
  @Type(() => DryRoleDto)
  role?: DryRoleDto;
}

export class DifferenceDto {
  @ApiProperty({ example: 'simulation:run' }) permission!: string;
  @ApiProperty({ example: SCOPE_EXAMPLE }) scope!: string;
  @ApiProperty({ enum: ['always', 'sometimes', 'never'], example: 'never' }) before!: string;
  @ApiProperty({ enum: ['always', 'sometimes', 'never'], example: 'always' }) after!: string;
  @ApiProperty({ enum: ['gains', 'loses', 'changed'], example: 'gains', description: '`changed`: it depends on the object or the request before and after, by other rules.' }) effect!: string;
}

export class AffectedDto {
  @ApiProperty({ format: 'uuid', example: SUBJECT }) subjectId!: string;
  @ApiProperty({ type: [DifferenceDto], description: 'What is so everywhere is said once, of the scope `global`.' }) differences!: DifferenceDto[];
}

export class DryRunDto {
  @ApiProperty({ type: 'integer', minimum: 0, example: 12, description: 'Of those whom the change concerns, 1000 at most.' }) subjectsExamined!: number;
  @ApiProperty({ example: false, description: 'There are more subjects than were looked at: what is said is true, and not all.' }) truncated!: boolean;
  @ApiProperty({ type: [AffectedDto], description: 'Who would gain or lose something.' }) affected!: AffectedDto[];
}
