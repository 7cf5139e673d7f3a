import { schemaOf, type VaultFields } from '#platform/http/vault-fields.js';
import { ITEM_FIELDS, type OperationName, WHOLE_FIELDS } from '../transit/operation-fields.js';

export const KEY_PARAM = { name: 'name', description: 'the name of a key', example: 'orders' } as const;
export const HASH_PARAM = { name: 'hash', description: 'sha2-224, -256, -384, -512, sha3-224, -256, -384, -512, or none', example: 'sha2-256' } as const;

/** The body of an operation: one item, or many in `batch_input`. */
export function bodySchemaOf(operation: OperationName): ReturnType<typeof schemaOf> {
  const [item, whole]: readonly [VaultFields, VaultFields] = [ITEM_FIELDS[operation], WHOLE_FIELDS[operation]];
  const { reference: _reference, ...single } = item;
  const { properties, ...rest } = schemaOf({ ...single, ...whole });
  if (operation === 'datakey') return { ...rest, properties };
  const { nonce: _nonce, ...shown } = item;
  const example = Object.fromEntries(Object.entries(shown).map(([name, { schema }]) => [name, schema['example']]));
  return { ...rest, properties: { ...properties, batch_input: { type: 'array', items: schemaOf(item), maxItems: 10_000, example: [example] } } };
}

/** An answer in Vault's envelope. */
export function answerExample(data: object): { readonly schema: { readonly type: 'object'; readonly example: object } } {
  return { schema: { type: 'object', example: { request_id: '019a94de-4b70-7c00-8000-000000000001', lease_id: '', renewable: false, lease_duration: 0, data, wrap_info: null, warnings: null, auth: null, mount_type: 'transit' } } };
}
