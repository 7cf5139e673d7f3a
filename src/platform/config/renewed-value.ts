import { hasPlaceholder } from './production-rules.js';
import { Refused } from './value-source.js';
import { VARIABLES, type RenewableName, type Variable } from './variables.js';

/** What may be another in the address of a server that stays the same one. */
const PARTS = { password: ['password'], credentials: ['username', 'password'] } as const;

/**
 * The value that a text read anew stands for. Throws `Refused` for what would be refused at a start, and for what takes
 * one: another server, database or login is another configuration, and whoever moved a file by mistake would otherwise
 * have a server that writes elsewhere from now on.
 */
export function renewedValue(name: RenewableName, text: string, former: string, { production }: { readonly production: boolean }): string {
  const { kind, renewable, isSecret }: Variable<unknown> = VARIABLES[name];
  const value = kind.parse(text);
  if (typeof value !== 'string') throw new Refused(`must be ${kind.expects}`);
  if (renewable !== 'whole' && renewable !== undefined && without(PARTS[renewable], value) !== without(PARTS[renewable], former)) {
    throw new Refused(`names another server than before (only its ${PARTS[renewable].join(' and ')} may be another): that takes a start`);
  }
  if (production && isSecret === true && hasPlaceholder(value)) throw new Refused('has a placeholder for its password, which production refuses');
  return value;
}

function without(parts: readonly ('username' | 'password')[], address: string): string {
  const url = new URL(address);
  for (const part of parts) url[part] = '';
  return url.href;
}
