import { ApiProperty } from '@nestjs/swagger';

/** What a client finds in a 400 of an operation: one of the two. */
export class RefusedOperationDto {
  @ApiProperty({ required: false, type: [String], example: ['encryption key not found'], description: 'Of a request that was refused as a whole, and of a single item.' })
  errors?: string[];

  @ApiProperty({
    required: false,
    type: Object,
    additionalProperties: true,
    example: { batch_results: [{ ciphertext: 'vault:v1:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ=', key_version: 1 }, { error: 'missing plaintext to encrypt' }] },
    description: 'Of a batch, in the envelope of every answer: the results in the places of their items, and an `error` for each that failed.',
  })
  data?: Record<string, unknown>;
}
