/** What Vault's clients unwrap: the members that they look for are always there. */
export interface VaultEnvelope {
  readonly request_id: string;
  readonly lease_id: '';
  readonly renewable: false;
  readonly lease_duration: 0;
  readonly data: object | null;
  readonly wrap_info: null;
  readonly warnings: readonly string[] | null;
  readonly auth: object | null;
  /** What answers, as the mount's type is called: there are clients that take no answer without it. */
  readonly mount_type: MountType;
}

export type MountType = 'transit' | 'system' | 'token' | 'approle' | 'userpass';

export function vaultAnswer(requestId: string, parts: { readonly data?: object; readonly warnings?: readonly string[]; readonly auth?: object; readonly mountType?: MountType }): VaultEnvelope {
  const { data = null, warnings = [], auth = null, mountType = 'transit' } = parts;
  return { request_id: requestId, lease_id: '', renewable: false, lease_duration: 0, data, wrap_info: null, warnings: warnings.length === 0 ? null : warnings, auth, mount_type: mountType };
}

const BEFORE_DATA = Buffer.from('"lease_id":"","renewable":false,"lease_duration":0,"data":');
const AFTER_DATA = Buffer.from(',"wrap_info":null,"warnings":null,"auth":null,"mount_type":"transit"}');

/**
 * The same around data that is JSON already: of a batch, or with a secret in it that must not become a string. Wipes
 * `data`; the answer is memory of its own, which is free once it is sent: small Buffers are slices of a pool that stays.
 */
export function vaultAnswerOf(requestId: string, data: Uint8Array): Buffer {
  const parts = [Buffer.from(`{"request_id":"${requestId}",`), BEFORE_DATA, data, AFTER_DATA];
  const answer = Buffer.allocUnsafeSlow(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    answer.set(part, at);
    at += part.length;
  }
  data.fill(0);
  return answer;
}
