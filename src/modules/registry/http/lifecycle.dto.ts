import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';
import { MANIFEST_STATES } from '../domain/manifest-state.js';
import type { Evaluation } from '../governance/evaluation.js';
import { DIGEST, KEY } from './repositories.dto.js';

const REASON = { minLength: 1, maxLength: 500, description: 'For people; of what is deprecated or revoked it is told to who pulls it.' };

export class RevocationDto {
  @ApiProperty({ example: 'CVE-2026-31337 in its base image.', ...REASON })
  @IsString()
  @Length(1, 500)
  reason!: string;
}

export class TransitionDto {
  @ApiProperty({ enum: ['released', 'deprecated'], example: 'released', description: 'From `verified` to `released`, from `released` to `deprecated`, and back.' })
  @IsIn(['released', 'deprecated'])
  to!: 'released' | 'deprecated';

  @ApiProperty({ example: 'Passed the acceptance run of 23 November.', ...REASON })
  @IsString()
  @Length(1, 500)
  reason!: string;
}

export class ManifestStateDto {
  @ApiProperty({ example: DIGEST }) digest!: string;
  @ApiProperty({ enum: MANIFEST_STATES, example: 'released' }) state!: string;
  @ApiProperty({ type: 'integer', example: 3, description: 'Counts changes of the state; the ETag.' }) version!: number;
}

export class SignatureFoundDto {
  @ApiProperty({ example: `sha256:${'9f'.repeat(32)}`, description: 'Of the manifest that holds the signature.' }) manifestDigest!: string;
  @ApiProperty({ format: 'uuid', example: KEY, description: 'The project’s key or authority that it was made under.' }) trustedKeyId!: string;
  @ApiProperty({ enum: ['cosign', 'sigstore-bundle', 'notation'], example: 'cosign' }) format!: string;
}

export class EvaluationDto extends ManifestStateDto {
  @ApiProperty({ type: [String], enum: ['signature', 'sbom', 'scan-report', 'scan-severity'], example: ['sbom'], description: 'What the policy demands and nothing was found for. With none it is `verified`.' }) missing!: readonly string[];
  @ApiProperty({ type: [SignatureFoundDto], description: 'Found good.' }) signatures!: SignatureFoundDto[];
}

export function evaluationDto(digest: string, { state, version, missing, signatures }: Evaluation): EvaluationDto {
  return { digest, state, version, missing, signatures: signatures.map(({ manifestDigest, trustedKeyId, format }) => ({ manifestDigest, trustedKeyId, format })) };
}
