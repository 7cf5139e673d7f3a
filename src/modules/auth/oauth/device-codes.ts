import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Keyring } from '#modules/crypto/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { type Scope, systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import type { OAuthClient } from '../domain/oauth-client.js';
import { formatSecret, SECRET_PREFIXES, SECRET_RANDOM_BYTES, secretHash } from '../domain/random-secret.js';
import { formatScopes } from '../domain/scope-request.js';
import { USER_CODE_RANDOM_BYTES, userCodeOf } from '../domain/user-code.js';
import { DeviceAuthorizationRepository } from '../persistence/device-authorization.repository.js';

/** RFC 8628 §6.1: long enough to find the other screen, too short to be of use to who guesses. */
export const DEVICE_CODE_SECONDS = 600;
export const POLL_INTERVAL_SECONDS = 5;
/** Two devices with one code are as likely as 1 in 20^8 for each that waits: a second draw is one too many already. */
const DRAWS_MAX = 5;

export interface DeviceCodes {
  /** A secret of the device. */
  readonly deviceCode: string;
  /** What the person types, without a dash. */
  readonly userCode: string;
}

const SYSTEM = systemPrincipal('device-codes');

/** The digest that a user code is found by: without the root key, whoever reads the table learns none. */
export function userCodeDigest(keyring: Pick<Keyring, 'mac'>, userCode: string): Buffer {
  return keyring.mac('device-user-code', userCode);
}

/** The first step of RFC 8628: a device asks, and is given what it waits with. It has nothing by that. */
@Injectable()
export class DeviceCodeIssuer {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: DeviceAuthorizationRepository,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** `source` is shown to the person who decides: it may be all by which they notice that it is not their device. Faults: invalid-scope. */
  async issue(client: OAuthClient, wanted: ReadonlySet<Scope> | null, source: string): Promise<DeviceCodes> {
    const allowed = new Set(client.scopes);
    const scopes = wanted ?? allowed;
    if ([...scopes].some((scope) => !allowed.has(scope))) throw new Fault(AUTH_FAULTS['invalid-scope']);
    const deviceCode = formatSecret(SECRET_PREFIXES.deviceCode, this.randomness.bytes(SECRET_RANDOM_BYTES));
    const userCode = await this.uow.run(SYSTEM, async (tx) => {
      const drawn = await this.insert(tx, client.id, deviceCode, scopes, source);
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.device.request'], outcome: 'success', actor: null, targets: [{ type: 'client', uid: client.id }], facts: { scopes: formatScopes(scopes) } });
      return drawn;
    });
    return { deviceCode, userCode };
  }

  private async insert(tx: Tx, clientId: string, deviceCode: string, scopes: ReadonlySet<Scope>, source: string): Promise<string> {
    const createdAt = this.clock.now();
    const expiresAt = new Date(createdAt.getTime() + DEVICE_CODE_SECONDS * 1000);
    const deviceCodeHash = secretHash(SECRET_PREFIXES.deviceCode, deviceCode)!;
    for (let draw = 0; draw < DRAWS_MAX; draw += 1) {
      const userCode = userCodeOf(this.randomness.bytes(USER_CODE_RANDOM_BYTES));
      if (userCode === null) continue;
      const row = { deviceCodeHash, userCodeDigest: userCodeDigest(this.keyring, userCode), clientId, scopes: [...scopes], source: source.slice(0, 64), createdAt, expiresAt, intervalSeconds: POLL_INTERVAL_SECONDS };
      if (await this.rows.insert(tx, row)) return userCode;
    }
    throw new Error('no user code was free');
  }
}
