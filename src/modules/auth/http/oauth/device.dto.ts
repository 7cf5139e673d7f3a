import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { formatScopes } from '../../domain/scope-request.js';
import type { WaitingDevice } from '../../oauth/device-approval.js';

const CODE = { example: 'WDJB-MJHT', maxLength: 32, description: 'As the device shows it; in either case, with or without the dash.' };

export class UserCodeQueryDto {
  @ApiProperty(CODE)
  @IsString()
  @MaxLength(32)
  user_code!: string;
}

export class UserCodeDto {
  @ApiProperty(CODE)
  @IsString()
  @MaxLength(32)
  userCode!: string;
}

export class WaitingDeviceDto {
  @ApiProperty({ format: 'uuid', example: '01981b7e-0000-7000-8000-000000000001' }) clientId!: string;
  @ApiProperty({ example: 'quantonium-cli', description: 'Which client it says to be. Anybody can say so.' }) clientName!: string;
  @ApiProperty({ example: 'read:data run:simulation', description: 'What it would be given.' }) scope!: string;
  @ApiProperty({ type: String, nullable: true, example: '192.0.2.7', description: 'Where it asked from: if that is not where the device stands, it is somebody else’s.' }) source!: string | null;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:10:00.000Z' }) expiresAt!: string;
}

export function waitingDeviceDtoOf({ clientId, clientName, scopes, source, createdAt, expiresAt }: WaitingDevice): WaitingDeviceDto {
  return { clientId, clientName, scope: formatScopes(scopes), source, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() };
}
