import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Bucket, Public, Unaudited } from '#platform/http/annotations.js';
import { PublishedKeys } from '../published-keys.js';

class JwkDto {
  @ApiProperty({ enum: ['EC', 'OKP', 'RSA'], example: 'EC' }) kty!: string;
  @ApiPropertyOptional({ enum: ['P-256', 'Ed25519'], example: 'P-256', description: 'Of EC and OKP keys.' }) crv?: string;
  @ApiPropertyOptional({ example: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', description: 'Of EC and OKP keys.' }) x?: string;
  @ApiPropertyOptional({ example: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0', description: 'Of EC keys.' }) y?: string;
  @ApiPropertyOptional({ example: 'u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0_IzW7yWR7QkrmBL7jTKEn5u', description: 'Of RSA keys; shortened here.' }) n?: string;
  @ApiPropertyOptional({ example: 'AQAB', description: 'Of RSA keys.' }) e?: string;
  @ApiProperty({ enum: ['sig'], example: 'sig' }) use!: string;
  @ApiProperty({ enum: ['ES256', 'EdDSA', 'RS256'], example: 'ES256' }) alg!: string;
  @ApiProperty({ example: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U', description: 'RFC 7638 thumbprint.' }) kid!: string;
}

class JwksDto {
  @ApiProperty({ type: [JwkDto] }) keys!: JwkDto[];
}

@ApiTags('auth')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: PublishedKeys) {}

  @Get('jwks.json')
  @Public('public keys are public')
  @Unaudited('public keys are public, and every verifier fetches them')
  @Bucket('jwks')
  // As long as a key is published before it signs: a cache that is this old knows every key in use.
  @Header('Cache-Control', 'public, max-age=300')
  @ApiOperation({ summary: 'The keys that access tokens verify under (RFC 7517)' })
  @ApiOkResponse({ type: JwksDto })
  async jwks(): Promise<JwksDto> {
    return { keys: [...(await this.keys.list())] };
  }
}
