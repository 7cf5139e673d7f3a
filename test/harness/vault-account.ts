import { call, loginOwner } from './api.js';
import type { RunningServer } from './server.js';
import { bind } from './world.js';

/** A service account that may do everything with keys in every project, as a program of Vault's family knows it. */
export interface VaultAccount {
  readonly roleId: string;
  readonly secretId: string;
  /** A token of its own for each caller. */
  login(): Promise<string>;
}

export async function createAccount(server: RunningServer, name: string): Promise<VaultAccount> {
  const token = await loginOwner(server);
  const made = await call<{ id: string }>(server, 'POST', '/v1/service-accounts', { token, json: { name } });
  const roleId = made.body.id;
  await bind(server, token, roleId, 'key-manager', 'global');
  const secret = await call<{ secret: string }>(server, 'POST', `/v1/service-accounts/${roleId}/secrets`, { token, json: {} });
  const secretId = secret.body.secret;
  return {
    roleId,
    secretId,
    login: async () => (await call<{ auth: { client_token: string } }>(server, 'POST', '/v1/auth/approle/login', { json: { role_id: roleId, secret_id: secretId } })).body.auth.client_token,
  };
}
