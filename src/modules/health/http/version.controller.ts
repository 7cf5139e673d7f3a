import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { ENGINE_VERSION } from '#pure/quantum/engine-version.js';
import { RELEASE } from '#pure/release/release.js';
import { HEALTH_PERMISSIONS } from '../domain/health.permissions.js';
import { RuntimeStanding } from '../runtime-standing.js';

export class VersionDto {
  @ApiProperty({ example: '0.1.0', description: 'Version of the server.' }) version!: string;
  @ApiProperty({ example: '1', description: 'Version of the simulation engine: the same program, seed and engine version give the same counts.' }) engineVersion!: string;
  @ApiProperty({ type: 'string', nullable: true, example: null, description: 'SHA-256 of the signed release manifest; null when the server was not started from a release.' })
  releaseDigest!: string | null;
}

@ApiTags('server')
@Controller('v1/version')
export class VersionController {
  constructor(private readonly standing: RuntimeStanding) {}

  @Get()
  @ApiOperation({ summary: 'What is running' })
  @ApiOkResponse({ type: VersionDto })
  @Requires(HEALTH_PERMISSIONS['version:read'])
  @Unaudited('Reads what the build says of itself.')
  version(): VersionDto {
    return { version: RELEASE.version, engineVersion: ENGINE_VERSION, releaseDigest: this.standing.release?.digest ?? null };
  }
}
