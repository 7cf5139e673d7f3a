import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { RECEIPT_TYPE, RESULT_TYPE, SIMULATION_TYPE } from '../domain/simulation-artifact.js';
import type { PushedSimulation } from '../simulation-artifacts.js';

const REPOSITORY = 'default/circuits/bell';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const DIGEST = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** Where a simulation is pushed to. */
export class PushSimulationDto {
  @ApiProperty({ minLength: 1, maxLength: 255, example: REPOSITORY, description: 'The repository: `<project>/<name…>`, without a host. It begins with its first push.' })
  @IsString()
  @Length(1, 255)
  repository!: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 128, example: 'tuesday', description: 'A tag that points to it; without one it is found by its digest, and as a referrer of its circuit.' })
  @UnlessAbsent()
  @IsString()
  @Length(1, 128)
  tag?: string;
}

export class ArtifactDescriptorDto {
  @ApiProperty({ example: MANIFEST, description: 'Of the bytes.' }) mediaType!: string;
  @ApiProperty({ example: DIGEST, description: 'Of the bytes, which they are fetched by.' }) digest!: string;
  @ApiProperty({ type: 'integer', example: 512, description: 'How many bytes there are.' }) sizeBytes!: number;
}

export class ArtifactFileDto extends ArtifactDescriptorDto {
  @ApiProperty({ example: 'result.json', description: `What clients call the file. The result is of the type \`${RESULT_TYPE}\`, its receipt of \`${RECEIPT_TYPE}\`.` }) title!: string;
}

/** A simulation in the registry. */
export class SimulationArtifactDto extends ArtifactDescriptorDto {
  @ApiProperty({ example: REPOSITORY, description: 'Where it is.' }) repository!: string;
  @ApiProperty({ type: String, nullable: true, example: 'tuesday', description: 'What points to it now; null: its digest alone.' }) tag!: string | null;
  @ApiProperty({ example: SIMULATION_TYPE, description: 'What referrers of the circuit are filtered by.' }) artifactType!: string;
  @ApiProperty({ type: ArtifactDescriptorDto, description: 'The manifest of the circuit, which the repository has, too.' }) subject!: ArtifactDescriptorDto;
  @ApiProperty({ type: [ArtifactFileDto], description: 'The layers: result, receipt and, of a program that can be drawn, drawing.' }) files!: ArtifactFileDto[];
}

export function simulationArtifactDto({ repository, tag, artifactType, manifest, subject, layers }: PushedSimulation): SimulationArtifactDto {
  return { repository, tag, artifactType, ...told(manifest), subject: told(subject), files: layers.map(({ title, ...layer }) => ({ title, ...told(layer) })) };
}

function told({ mediaType, digest, size }: PushedSimulation['manifest']): ArtifactDescriptorDto {
  return { mediaType, digest, sizeBytes: size };
}
