import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength, ValidateIf } from 'class-validator';
import { EMAIL } from './invites.dto.js';

const EMAIL_UNITS_MAX = 254;

export class AddressDto {
  @ApiProperty({ type: String, nullable: true, example: 'alice@example.com', maxLength: EMAIL_UNITS_MAX, description: 'Null: nowhere; a link is then shown to who makes it.' })
  @ValidateIf((_, value: unknown) => value !== null)
  @IsString()
  @MaxLength(EMAIL_UNITS_MAX)
  @Matches(EMAIL, { message: 'an address as mail servers take it' })
  email!: string | null;
}

export class ShownAddressDto {
  @ApiProperty({ type: String, nullable: true, example: 'alice@example.com' }) email!: string | null;
}
