import { schemaOf, type VaultFields } from '#platform/http/vault-fields.js';
import { ITEM_FIELDS, type OperationName, WHOLE_FIELDS } from '../transit/operation-fields.js';

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
