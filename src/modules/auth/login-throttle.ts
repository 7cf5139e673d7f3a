import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { admit, sourcePrefix } from './domain/login-throttle.js';
import { LoginThrottleRepository } from './persistence/login-throttle.repository.js';

/** The two counters that an attempt is counted in. */
export interface AttemptKeys {
  readonly source: Buffer;
  readonly account: Buffer;
}

/** Counts attempts in the database, so that replicas share the count. The rules are in `domain/login-throttle.ts`. */
@Injectable()
export class LoginThrottle {
  constructor(
    private readonly keyring: Keyring,
    private readonly rows: LoginThrottleRepository,
  ) {}

  /** `address` is the client's, or a constant for attempts that do not come through the login. */
  keysOf(username: string, address: string): AttemptKeys {
    const digest = (text: string): Buffer => this.keyring.mac('login-throttle', text);
    // NUL stands in neither part (the strict body parser refuses it), so no two pairs make the same text.
    return { source: digest(`source\0${username}\0${sourcePrefix(address)}`), account: digest(`account\0${username}`) };
  }

  /** Counts an attempt as failed before anybody looks at the password. Returns the seconds to wait instead, or 0 when it may go on. */
  async charge(tx: Tx, keys: AttemptKeys, isSealed = false): Promise<number> {
    const [source, account] = await this.rows.lock(tx, [keys.source, keys.account], keys.account);
    const admission = admit(source!, account!, isSealed);
    if (!admission.admitted) return admission.retryAfterSeconds;
    await this.rows.charge(tx, keys.source, admission.sourceFailures);
    await this.rows.charge(tx, keys.account, admission.accountFailures);
    // Last, and skipping what is locked: whoever holds rows of strangers must not wait for anybody any more.
    await this.rows.prune(tx);
    return 0;
  }

  /** Of an account that is erased: what counted its logins, from wherever they came. */
  async forget(tx: Tx, username: string): Promise<void> {
    await this.rows.removeOf(tx, this.keysOf(username, '').account);
  }

  /** The password was right: everything is forgiven. After a login, the source is a known one from now on. */
  async forgive(tx: Tx, keys: AttemptKeys, after: 'login' | 'password-change'): Promise<void> {
    await this.rows.clear(tx, [keys.source, keys.account], after === 'login' ? keys.source : null);
  }
}
