import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsInt, Matches, Max, Min, ValidateIf, ValidateNested } from 'class-validator';
import { POLICY_MODES, type PolicyMode, SEVERITIES, type Severity, TAG_PATTERN, type VersionedPolicy } from '../domain/registry-policy.js';

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

export class RetentionRulesDto {
  @ApiProperty({ type: 'integer', nullable: true, minimum: 1, maximum: 10_000, example: 10, description: 'Of each repository, so many images that were pushed last.' })
  @ValidateIf(unlessNull)
  @IsInt()
  @Min(1)
  @Max(10_000)
  keepLatest!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, minimum: 1, maximum: DAYS_MAX, example: 30, description: 'What was pushed within so many days.' })
  @ValidateIf(unlessNull)
  @IsInt()
  @Min(1)
  @Max(DAYS_MAX)
  keepPushedWithinDays!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, minimum: 1, maximum: DAYS_MAX, example: 90, description: 'What was pulled within so many days.' })
  @ValidateIf(unlessNull)
  @IsInt()
  @Min(1)
  @Max(DAYS_MAX)
  keepPulledWithinDays!: number | null;
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

  @ApiProperty({ type: RetentionRulesDto, nullable: true, example: { keepLatest: 10, keepPushedWithinDays: 30, keepPulledWithinDays: null }, description: 'What a retention run keeps; null: everything.' })
  @ValidateIf(unlessNull)
  @ValidateNested()
  @Type(() => RetentionRulesDto)
  retention!: RetentionRulesDto | null;
}

export class RegistryPolicyDto extends SetRegistryPolicyDto {
  @ApiProperty({ type: 'integer', example: 4, description: 'Counts changes of the policy and of the keys; the ETag.' }) version!: number;
}

export function registryPolicyDto({ version, mode, demands, immutableTags, retention }: VersionedPolicy): RegistryPolicyDto {
  return { version, mode, demands, immutableTags: [...immutableTags], retention };
}
