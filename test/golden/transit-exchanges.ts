/** One request for each route of the Vault dialect, in an order in which each can be done; `{{name}}` is what an earlier answer held. */
export interface Asked {
  /** As the router has it. */
  readonly route: string;
  readonly path: string;
  readonly body?: object;
  /** Members of the answer that later requests name, by dotted path. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Members of the answer that are other bytes each time and do not look like it. */
  readonly random?: readonly string[];
  /** Without a credential. */
  readonly anonymous?: true;
}

const TEA = 'b25lIHBvdW5kIG9mIHRlYQ==';
const KEY = '/v1/transit/keys';

export const EXCHANGES: readonly Asked[] = [
  { route: 'POST /v1/auth/approle/login', path: '/v1/auth/approle/login', body: { role_id: '{{role_id}}', secret_id: '{{secret_id}}' }, keep: { token: 'auth.client_token' }, anonymous: true },
  { route: 'POST /v1/auth/userpass/login/:username', path: '/v1/auth/userpass/login/owner', body: { password: '{{password}}' }, anonymous: true },
  { route: 'GET /v1/auth/token/lookup-self', path: '/v1/auth/token/lookup-self' },
  { route: 'POST /v1/auth/token/lookup-self', path: '/v1/auth/token/lookup-self' },
  { route: 'POST /v1/auth/token/renew-self', path: '/v1/auth/token/renew-self', body: { increment: '30m' } },

  { route: 'GET /v1/sys/health', path: '/v1/sys/health', anonymous: true },
  { route: 'GET /v1/sys/seal-status', path: '/v1/sys/seal-status', anonymous: true },
  { route: 'GET /v1/sys/init', path: '/v1/sys/init', anonymous: true },
  { route: 'POST /v1/sys/init', path: '/v1/sys/init', body: { secret_shares: 5, secret_threshold: 3 }, anonymous: true },
  { route: 'POST /v1/sys/unseal', path: '/v1/sys/unseal', body: { key: 'c29tZXRoaW5n' }, anonymous: true },
  { route: 'POST /v1/sys/seal', path: '/v1/sys/seal' },
  { route: 'GET /v1/sys/mounts', path: '/v1/sys/mounts' },

  { route: 'GET /v1/transit/config/keys', path: '/v1/transit/config/keys' },
  { route: 'POST /v1/transit/config/keys', path: '/v1/transit/config/keys', body: { disable_upsert: true } },
  { route: 'GET /v1/transit/cache-config', path: '/v1/transit/cache-config' },
  { route: 'POST /v1/transit/cache-config', path: '/v1/transit/cache-config', body: { size: 500 } },

  { route: 'POST /v1/transit/keys/:name', path: `${KEY}/orders`, body: {} },
  { route: 'POST /v1/transit/keys/:name', path: `${KEY}/letters`, body: { type: 'ml-dsa', parameter_set: '65' } },
  { route: 'GET /v1/transit/keys/:name', path: `${KEY}/orders` },
  { route: 'GET /v1/transit/keys', path: `${KEY}?list=true` },
  { route: 'POST /v1/transit/encrypt/:name', path: '/v1/transit/encrypt/orders', body: { plaintext: TEA }, keep: { ciphertext: 'data.ciphertext' } },
  { route: 'POST /v1/transit/encrypt/:name', path: '/v1/transit/encrypt/orders', body: { batch_input: [{ plaintext: TEA, reference: 'first' }, { plaintext: 'not base64', reference: 'second' }] } },
  { route: 'POST /v1/transit/decrypt/:name', path: '/v1/transit/decrypt/orders', body: { ciphertext: '{{ciphertext}}' } },
  { route: 'POST /v1/transit/decrypt/:name', path: '/v1/transit/decrypt/orders', body: { ciphertext: 'vault:v1:AAAA' } },
  { route: 'POST /v1/transit/keys/:name/rotate', path: `${KEY}/orders/rotate` },
  { route: 'POST /v1/transit/rewrap/:name', path: '/v1/transit/rewrap/orders', body: { ciphertext: '{{ciphertext}}' } },
  { route: 'POST /v1/transit/datakey/plaintext/:name', path: '/v1/transit/datakey/plaintext/orders', body: { bits: 256 }, random: ['plaintext'] },
  { route: 'POST /v1/transit/datakey/wrapped/:name', path: '/v1/transit/datakey/wrapped/orders' },
  { route: 'POST /v1/transit/hmac/:name', path: '/v1/transit/hmac/orders', body: { input: TEA }, keep: { hmac: 'data.hmac' } },
  { route: 'POST /v1/transit/hmac/:name/:hash', path: '/v1/transit/hmac/orders/sha2-512', body: { input: TEA } },
  { route: 'POST /v1/transit/sign/:name', path: '/v1/transit/sign/letters', body: { input: TEA }, keep: { signature: 'data.signature' } },
  { route: 'POST /v1/transit/sign/:name/:hash', path: '/v1/transit/sign/letters/none', body: { input: TEA } },
  { route: 'POST /v1/transit/verify/:name', path: '/v1/transit/verify/letters', body: { input: TEA, signature: '{{signature}}' } },
  { route: 'POST /v1/transit/verify/:name/:hash', path: '/v1/transit/verify/orders/sha2-256', body: { input: TEA, hmac: '{{hmac}}' } },
  { route: 'POST /v1/transit/random', path: '/v1/transit/random', body: { bytes: 8, format: 'hex' }, random: ['random_bytes'] },
  { route: 'POST /v1/transit/random/:bytes', path: '/v1/transit/random/8', random: ['random_bytes'] },
  { route: 'POST /v1/transit/random/:source/:bytes', path: '/v1/transit/random/platform/8', random: ['random_bytes'] },
  { route: 'POST /v1/transit/hash', path: '/v1/transit/hash', body: { input: TEA } },
  { route: 'POST /v1/transit/hash/:algorithm', path: '/v1/transit/hash/sha3-256', body: { input: TEA, format: 'base64' } },

  { route: 'POST /v1/transit/keys/:name/config', path: `${KEY}/orders/config`, body: { min_decryption_version: 2, min_encryption_version: 2, auto_rotate_period: '720h', exportable: true, allow_plaintext_backup: true } },
  { route: 'POST /v1/transit/keys/:name/trim', path: `${KEY}/orders/trim`, body: { min_available_version: 2 } },
  { route: 'GET /v1/transit/wrapping_key', path: '/v1/transit/wrapping_key', keep: { wrapping: 'data.public_key' } },
  { route: 'POST /v1/transit/keys/:name/import', path: `${KEY}/brought/import`, body: { type: 'aes256-gcm96', ciphertext: '{{wrapped}}' } },
  { route: 'POST /v1/transit/keys/:name/import_version', path: `${KEY}/brought/import_version`, body: { ciphertext: '{{wrapped}}' } },
  { route: 'GET /v1/transit/export/public-key/:name', path: '/v1/transit/export/public-key/letters', random: ['1'] },
  { route: 'GET /v1/transit/export/public-key/:name/:version', path: '/v1/transit/export/public-key/letters/latest', random: ['1'] },
  { route: 'GET /v1/transit/export/:kind/:name', path: '/v1/transit/export/encryption-key/orders', random: ['2'] },
  { route: 'GET /v1/transit/export/:kind/:name/:version', path: '/v1/transit/export/encryption-key/orders/2', random: ['2'] },
  { route: 'GET /v1/transit/byok-export/:destination/:source', path: '/v1/transit/byok-export/letters/orders' },
  { route: 'GET /v1/transit/byok-export/:destination/:source/:version', path: '/v1/transit/byok-export/letters/orders/2' },
  { route: 'GET /v1/transit/backup/:name', path: '/v1/transit/backup/orders', keep: { backup: 'data.backup' }, random: ['backup'] },
  { route: 'POST /v1/transit/restore', path: '/v1/transit/restore', body: { backup: 'quantonium-backup:v1:AAAA' } },
  { route: 'POST /v1/transit/restore/:name', path: '/v1/transit/restore/other', body: { backup: '{{backup}}' } },
  { route: 'DELETE /v1/transit/keys/:name/soft-delete', path: `${KEY}/letters/soft-delete` },
  { route: 'POST /v1/transit/keys/:name/soft-delete-restore', path: `${KEY}/letters/soft-delete-restore` },
  { route: 'POST /v1/transit/keys/:name/config', path: `${KEY}/letters/config`, body: { deletion_allowed: true } },
  { route: 'DELETE /v1/transit/keys/:name', path: `${KEY}/letters` },
  { route: 'POST /v1/auth/token/revoke-self', path: '/v1/auth/token/revoke-self' },
];

/** What Vault or OpenBao serve under the same prefixes, and this server does not. */
export const NOT_SERVED: readonly { readonly route: string; readonly path: string; readonly why: string }[] = [
  { route: 'LIST /v1/transit/keys', path: `${KEY}`, why: "the verb is none of HTTP's and Node's parser refuses it; `GET ?list=true` is served" },
  { route: 'POST /v1/transit/keys/:name/csr', path: `${KEY}/orders/csr`, why: 'no certificates' },
  { route: 'POST /v1/transit/keys/:name/set-certificate', path: `${KEY}/orders/set-certificate`, why: 'no certificates' },
  { route: 'POST /v1/transit/derive-key/:name', path: '/v1/transit/derive-key/orders', why: 'no key agreement' },
  { route: 'POST /v1/transit/cmac/:name', path: '/v1/transit/cmac/orders', why: 'no CMAC; `hmac` is served' },
  { route: 'POST /v1/sys/mounts/:path', path: '/v1/sys/mounts/transit2', why: 'there is one engine, at `transit/`; projects are namespaces' },
  { route: 'POST /v1/auth/token/create', path: '/v1/auth/token/create', why: 'tokens come from logins alone' },
  { route: 'POST /v1/auth/jwt/login', path: '/v1/auth/jwt/login', why: "an `at+jwt` of this server is a token itself: send it as `X-Vault-Token`" },
];
