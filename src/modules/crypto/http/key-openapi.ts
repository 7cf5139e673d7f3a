import { applyDecorators } from '@nestjs/common';
import { ApiBadRequestResponse, ApiOkResponse, ApiParam } from '@nestjs/swagger';
import { vaultAnswer } from '#platform/http/vault-answer.js';
import { KEY_DATA_EXAMPLE } from './key-data.js';
import { RefusedOperationDto } from './refused-operation.dto.js';

const REQUEST_ID = '019a94de-4b70-7c00-8000-000000000001';

/** The path segment that every route of one key has. */
export const NameParam = (): MethodDecorator => ApiParam({ name: 'name', example: 'orders', description: 'Of the key in its project: letters, digits, `_`, and inside it `.` and `-`; at most 128.' });

export const HashParam = (): MethodDecorator => ApiParam({ name: 'hash', example: 'sha2-256', description: 'sha2-224, -256, -384, -512, sha3-224, -256, -384, -512, or none' });

export const VersionParam = (): MethodDecorator => ApiParam({ name: 'version', example: 'latest', description: 'A number, or `latest`.' });

/** An answer in Vault's envelope. */
export const AnswersData = (example: object): MethodDecorator => applyDecorators(ApiOkResponse({ schema: { type: 'object', example: vaultAnswer(REQUEST_ID, { data: example }) } })) as MethodDecorator;

/** The answer of an operation for one item, and for a batch of which one item failed. */
export const AnswersOperation = (...singles: readonly object[]): MethodDecorator => {
  const results = { batch_results: [...singles.map((single) => ({ ...single, reference: 'row-1' })), { error: 'missing input', reference: 'row-2' }] };
  const examples = [...singles, results].map((data) => vaultAnswer(REQUEST_ID, { data }));
  const refused = { type: RefusedOperationDto, description: 'Refused as a whole, with `errors`; or a batch of which items failed, with all results, unless `partial_failure_response_code` says another status.' };
  return applyDecorators(ApiOkResponse({ schema: { type: 'object', examples } }), ApiBadRequestResponse(refused)) as MethodDecorator;
};

export const AnswersKey = (): MethodDecorator => AnswersData(KEY_DATA_EXAMPLE);
