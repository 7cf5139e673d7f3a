import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, IsInt, Matches, Max, Min, ValidateIf, ValidateNested } from 'class-validator';
import { POLICY_MODES, type PolicyMode, REPOSITORY_PATTERN, SEVERITIES, type Severity, TAG_PATTERN, type VersionedPolicy } from '../domain/registry-policy.js';
import { RETENTION_PATTERNS_MAX, RETENTION_RULES_MAX } from '../domain/retention-rule.js';

const unlessNull = (_: object, value: unknown): boolean => value !== null;
/** Ten years. */
const DAYS_MAX = 3_653;

export class DemandsDto {
  @ApiProperty({ example: true, description: 'A signature of a key or authority that the project lists.' })
  @IsBoolean()
  signature!: boolean;

  @ApiProperty({ example: false, description: 'Only signatures that name this repository on this server. Notation’s cannot.' })
  @IsBoolean()
  signatureNamesRepository!: boolean;

  @ApiProperty({ example: true, description: 'A bill of materials refers to it (SPDX, CycloneDX or Syft).' })
  @IsBoolean()
  sbom!: boolean;

  @ApiProperty({ type: String, enum: SEVERITIES, nullable: true, example: 'medium', description: 'The worst finding that the newest scan report which refers to it (SARIF 2.1.0) may have; null: none is asked for.' })
  @ValidateIf(unlessNull)
  @IsIn(SEVERITIES)
  scanSeverityMax!: Severity | null;

  @ApiProperty({ example: true, description: 'Somebody else than who asks has to agree before it is released.' })
  @IsBoolean()
  releaseFourEyes!: boolean;
}

/** A condition of a rule that is a number, and null unless it is said. */
const limit = (maximum: number, example: number, description: string): PropertyDecorator =>
  applyDecorators(ApiPropertyOptional({ type: 'integer', nullable: true, default: null, minimum: 1, maximum, example, description }), ValidateIf(unlessNull), IsInt(), Min(1), Max(maximum)) as PropertyDecorator;

export class RetentionRuleDto {
  @ApiProperty({ type: [String], minItems: 1, maxItems: RETENTION_PATTERNS_MAX, example: ['*'], description: 'Patterns of what follows the project’s slug in a repository’s name; `*` stands for any characters.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(RETENTION_PATTERNS_MAX)
  @Matches(REPOSITORY_PATTERN, { each: true })
  repositories!: string[];

  @ApiProperty({ type: [String], maxItems: RETENTION_PATTERNS_MAX, example: ['nightly-*'], description: 'Patterns of the tags that the rule speaks of; those that it does not keep go. With none it speaks of no tags.' })
  @IsArray()
  @ArrayMaxSize(RETENTION_PATTERNS_MAX)
  @Matches(TAG_PATTERN, { each: true })
  tags!: string[];

  @ApiPropertyOptional({ default: false, example: false, description: 'Keeps all of them, whatever other rules say.' })
  @IsBoolean()
  keepAll: boolean = false;

  @limit(10_000, 10, 'Of each repository so many images that were pushed last, with all their tags that the rule speaks of.')
  keepLatestPushed: number | null = null;

  @limit(10_000, 10, 'So many that were pulled last.')
  keepLatestPulled: number | null = null;

  @limit(DAYS_MAX, 30, 'What was pushed within so many days.')
  keepPushedWithinDays: number | null = null;

  @limit(DAYS_MAX, 90, 'What was pulled within so many days.')
  keepPulledWithinDays: number | null = null;

  @limit(DAYS_MAX, 14, 'What has no tag and belongs to nothing goes when nobody has pushed or pulled it, and no tag has left it, for so many days. Of several rules the longest counts.')
  untaggedAfterDays: number | null = null;
}

export class SetRegistryPolicyDto {
  @ApiProperty({ enum: POLICY_MODES, example: 'enforce', description: '`off`: everything is given out. `warn`: with a `Warning` what nobody has released. `enforce`: that only to who may `registry:pull-quarantined`.' })
  @IsIn(POLICY_MODES)
  mode!: PolicyMode;

  @ApiProperty({ type: DemandsDto, description: 'What an image needs to be `verified`, and `released`.' })
  @ValidateNested()
  @Type(() => DemandsDto)
  demands!: DemandsDto;

  @ApiProperty({ type: [String], maxItems: 50, example: ['v*', 'release-*'], description: 'Patterns of tags that, once made, are neither moved nor deleted. `*` stands for any characters.' })
  @IsArray()
  @ArrayMaxSize(50)
  @Matches(TAG_PATTERN, { each: true })
  immutableTags!: string[];

  @ApiProperty({ type: [RetentionRuleDto], maxItems: RETENTION_RULES_MAX, description: 'What retention keeps: what any rule keeps, and what none speaks of. With none nothing is taken away.' })
  @IsArray()
  @ArrayMaxSize(RETENTION_RULES_MAX)
  @ValidateNested({ each: true })
  @Type(() => RetentionRuleDto)
  retention!: RetentionRuleDto[];
}

export class RegistryPolicyDto extends SetRegistryPolicyDto {
  @ApiProperty({ type: 'integer', example: 4, description: 'Counts changes of the policy and of the keys; the ETag.' }) version!: number;
}

export function registryPolicyDto({ version, mode, demands, immutableTags, retention }: VersionedPolicy): RegistryPolicyDto {
  return { version, mode, demands, immutableTags: [...immutableTags], retention: retention.map((rule) => ({ ...rule, repositories: [...rule.repositories], tags: [...rule.tags] })) };
}
