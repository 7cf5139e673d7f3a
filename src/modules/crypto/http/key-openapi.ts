import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiParam } from '@nestjs/swagger';
import { vaultAnswer } from '#platform/http/vault-answer.js';
import { KEY_DATA_EXAMPLE } from './key-data.js';

const REQUEST_ID = '019a94de-4b70-7c00-8000-000000000001';

/** The path segment that every route of one key has. */
export const NameParam = (): MethodDecorator => ApiParam({ name: 'name', example: 'orders', description: 'Of the key in its project: letters, digits, `_`, and inside it `.` and `-`; at most 128.' });

export const HashParam = (): MethodDecorator => ApiParam({ name: 'hash', example: 'sha2-256', description: 'sha2-224, -256, -384, -512, sha3-224, -256, -384, -512, or none' });

export const VersionParam = (): MethodDecorator => ApiParam({ name: 'version', example: 'latest', description: 'A number, or `latest`.' });

/** An answer in Vault's envelope. */
export const AnswersData = (example: object): MethodDecorator => applyDecorators(ApiOkResponse({ schema: { type: 'object', example: vaultAnswer(REQUEST_ID, { data: example }) } })) as MethodDecorator;

export const AnswersKey = (): MethodDecorator => AnswersData(KEY_DATA_EXAMPLE);
