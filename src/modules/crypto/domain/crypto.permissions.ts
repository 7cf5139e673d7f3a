import { permissions } from '#pure/capability/permission.js';
import type { AttributeSchema } from '#pure/policy/condition.js';

/** Of a signature also the `hash`: of a key that is listed or read there is none. */
export const KEY_ATTRIBUTES = { name: 'text', hash: 'text' } as const satisfies AttributeSchema;

/**
 * One permission an operation. A rule can narrow each to keys by `where: {name: {$in: […]}}`, and signing to hash algorithms by
 * `where: {hash: {$in: […]}}`: encrypt without decrypt, rewrap only, wrapped data keys only are roles that name those verbs.
 */
export const CRYPTO_PERMISSIONS = permissions({
  'keys:read': { scope: 'read:data', whileArchived: true, description: 'See keys: their settings and public parts' },
  'keys:create': { scope: 'manage:keys', description: 'Make keys' },
  'keys:configure': { scope: 'manage:keys', description: 'Change settings of keys' },
  'keys:rotate': { scope: 'manage:keys', description: 'Give keys new versions' },
  'keys:trim': { scope: 'manage:keys', description: 'Destroy old versions of keys' },
  'keys:import': { scope: 'manage:keys', description: 'Import keys and versions' },
  'keys:delete': { scope: 'manage:keys', whileArchived: true, description: 'Destroy keys, put them out of use and into use again' },
  'keys:export': { scope: 'manage:keys', whileArchived: true, description: 'Export keys that are exportable' },
  'keys:backup': { scope: 'manage:keys', whileArchived: true, description: 'Back keys up' },
  'keys:restore': { scope: 'manage:keys', description: 'Restore keys from backups' },
  'keys:encrypt': { scope: 'write:data', description: 'Encrypt with keys' },
  'keys:decrypt': { scope: 'read:data', whileArchived: true, description: 'Decrypt with keys' },
  'keys:rewrap': { scope: 'write:data', description: 'Encrypt ciphertexts anew without seeing what is in them' },
  'keys:datakey-plaintext': { scope: 'write:data', description: 'Get data keys in clear, and wrapped' },
  'keys:datakey-wrapped': { scope: 'write:data', description: 'Get data keys wrapped only' },
  'keys:hmac': { scope: 'write:data', description: 'Make message authentication codes with keys' },
  'keys:sign': { scope: 'write:data', description: 'Sign with keys' },
  'keys:verify': { scope: 'read:data', whileArchived: true, description: 'Verify signatures and message authentication codes' },
  'random:read': { scope: 'read:data', description: 'Get random bytes', everyone: true },
  'hash:compute': { scope: 'read:data', description: 'Have something hashed', everyone: true },
  'waveforms:tag': { scope: 'write:data', description: 'Tag waveforms with keys' },
  'waveforms:verify': { scope: 'read:data', whileArchived: true, description: 'Verify tags of waveforms' },
  'waveforms:digest': { scope: 'read:data', whileArchived: true, description: 'Have waveforms digested', everyone: true },
  'waveforms:analyze': { scope: 'read:data', whileArchived: true, description: 'Have waveforms analysed', everyone: true },
  'signing-keys:read': { scope: 'manage:policy', description: "See the server's own signing keys" },
  'signing-keys:rotate': { scope: 'manage:policy', description: "Announce and rotate the server's own signing keys" },
  'signing-keys:revoke': { scope: 'manage:policy', description: "Revoke the server's own signing keys" },
  'sys:read': { scope: 'read:data', description: 'See what is mounted where', everyone: true },
  'sys:seal': { scope: 'manage:policy', description: 'Seal a process', assurance: 'aal2' },
}, {
  keys: { attributes: KEY_ATTRIBUTES },
  waveforms: { attributes: { name: 'text' } },
});
