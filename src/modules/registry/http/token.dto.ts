import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

const TOKEN = 'eyJhbGciOiJFUzI1NiIsInR5cCI6InJlZ2lzdHJ5K2p3dCIsImtpZCI6Ii4uLiJ9.eyJpc3MiOiIuLi4ifQ.c2lnbmF0dXJl';
const REFRESH_TOKEN = 'eyJhbGciOiJFUzI1NiIsInR5cCI6InJlZ2lzdHJ5LXJlZnJlc2grand0Iiwia2lkIjoiLi4uIn0.eyJpc3MiOiIuLi4ifQ.c2lnbmF0dXJl';

/** Read by `readTokenForm`, not by the validation pipe. */
export class RegistryTokenFormDto {
  @ApiProperty({ enum: ['password', 'refresh_token'], example: 'password' }) grant_type!: string;
  @ApiPropertyOptional({ example: 'alice', description: 'Of the grant password: any name, since the key says whose it is.' }) username?: string;
  @ApiPropertyOptional({ example: 'qak_4fT0pQm2Zx9B_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg0aB1cD', writeOnly: true, description: 'Of the grant password: an API key, of a person or a service account.' }) password?: string;
  @ApiPropertyOptional({ example: REFRESH_TOKEN, writeOnly: true, description: 'Of the grant refresh_token.' }) refresh_token?: string;
  @ApiPropertyOptional({ example: 'quantonium.example', description: 'As the challenge of /v2 names it; another one is refused.' }) service?: string;
  @ApiPropertyOptional({ example: 'containers/image', description: 'What the client calls itself; not looked at.' }) client_id?: string;
  @ApiPropertyOptional({ example: 'repository:default/app:pull,push', description: 'Several are separated by spaces.' }) scope?: string;
  @ApiPropertyOptional({ enum: ['online', 'offline'], example: 'offline', description: 'Whether a refresh token is wanted too.' }) access_type?: string;
}

/** Distribution, "Token Authentication Specification". */
export class RegistryTokenDto {
  @ApiProperty({ example: TOKEN, description: 'Send it as `Authorization: Bearer …` to /v2; nothing else takes it.' }) token!: string;
  @ApiProperty({ example: TOKEN, description: 'The same, as OAuth calls it.' }) access_token!: string;
  @ApiProperty({ type: 'integer', example: 300, description: 'Seconds.' }) expires_in!: number;
  @ApiProperty({ format: 'date-time', example: '2026-11-23T06:00:00.000Z' }) issued_at!: string;
  @ApiProperty({ example: 'repository:default/app:pull', description: 'What it is for: of what was asked for, what you may do. Perhaps nothing, which is no error.' }) scope!: string;
  @ApiPropertyOptional({ example: REFRESH_TOKEN, description: 'When it was asked for: good for thirty days, and no longer than the key.' }) refresh_token?: string;
}
