import type { Clock } from '#platform/system/clock.js';
import { exchange, type VaultAnswer, type VaultServer } from './vault-exchange.js';
import { VaultRefusal, VaultUnreachable } from './vault-failure.js';

/** What we prove ourselves with. Read when it is needed: the files behind it may be exchanged while the process runs. */
export type VaultCredential =
  | { readonly kind: 'token'; readonly token: () => string }
  /** Posted to `auth/MOUNT/login`: AppRole's role and secret id, or a role and the token of a Kubernetes service account. */
  | { readonly kind: 'login'; readonly mount: string; readonly fields: () => Readonly<Record<string, string>> };

export interface VaultCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Sent again where the token had ended; the caller's to wipe. */
  readonly body?: Buffer;
}

interface Lease {
  readonly token: string;
  /** On the monotonic clock; Infinity for one that does not end. */
  readonly endsAtMillis: number;
  readonly renewAtMillis: number;
  readonly isRenewable: boolean;
}

/** A healthy server answers within a tenth of this. */
export const VAULT_TIMEOUT_MILLIS = 5_000;
/** Of a lease, when it is renewed: a server that is away for a quarter of it costs nobody the token. */
const RENEWED_AT = 2 / 3;
/** A renewal that brings less has met the end beyond which there is none: from then on a new login is due. */
const WORTHWHILE = 1 / 2;

/**
 * One server and our standing with it. A token that we logged in for is renewed before its end, and replaced where it
 * cannot be; one that we were given is renewed while its server lets us. Each token is asked for once by all who wait.
 */
export class VaultSession {
  #lease: Lease | null = null;
  #grantedMillis = 0;
  #underWay: Promise<string> | null = null;

  constructor(
    private readonly server: VaultServer,
    private readonly credential: VaultCredential,
    private readonly clock: Clock,
    private readonly timeoutMillis = VAULT_TIMEOUT_MILLIS,
  ) {}

  /** Any answer but an outage. A token that is refused is replaced once, if there is another. Rejects with `VaultFailure`. */
  async call(call: VaultCall): Promise<VaultAnswer> {
    const token = await this.#token();
    const answer = await this.#send(call, token);
    if (answer.status !== 403) return answer;
    const another = await this.#anotherThan(token);
    if (another === null) return answer;
    answer.body.fill(0);
    return this.#send(call, another);
  }

  /** A token that somebody else made, and that only its renewal keeps alive: what we log in for, we log in for again. */
  get isGiven(): boolean {
    return this.credential.kind === 'token';
  }

  /** Called every now and then by whoever wants the token to live on. Rejects with `VaultFailure`; the token stays as it was. */
  async upkeep(): Promise<void> {
    if (this.credential.kind === 'login') return void (await this.#token());
    const token = this.credential.token();
    if (this.#lease?.token !== token) this.#lease = await this.#lookUp(token);
    const { isRenewable, renewAtMillis } = this.#lease;
    if (isRenewable && this.clock.monotonicMillis() >= renewAtMillis) this.#lease = await this.#renew(token);
  }

  /** When the token that is held ends, by the process's own clock; null while none is known to end. For whoever watches. */
  get endsInMillis(): number | null {
    const { endsAtMillis } = this.#lease ?? { endsAtMillis: Infinity };
    return endsAtMillis === Infinity ? null : endsAtMillis - this.clock.monotonicMillis();
  }

  #token(): Promise<string> {
    if (this.credential.kind === 'token') return Promise.resolve(this.credential.token());
    return (this.#underWay ??= this.#current().finally(() => (this.#underWay = null)));
  }

  async #current(): Promise<string> {
    const lease = this.#lease;
    const nowMillis = this.clock.monotonicMillis();
    if (lease !== null && nowMillis < lease.renewAtMillis) return lease.token;
    const isRenewable = lease !== null && lease.isRenewable && nowMillis < lease.endsAtMillis;
    const renewed = isRenewable ? await this.#renew(lease.token).catch(() => null) : null;
    const isWorthwhile = renewed !== null && renewed.endsAtMillis - nowMillis >= this.#grantedMillis * WORTHWHILE;
    if (isWorthwhile) return this.#hold(renewed);
    try {
      return this.#hold(await this.#logIn());
    } catch (error) {
      // The token that we have is good for a while longer, and the next who asks tries again.
      if (renewed !== null || isRenewable) return (renewed ?? lease!).token;
      throw error;
    }
  }

  #hold(lease: Lease): string {
    this.#lease = lease;
    return lease.token;
  }

  async #anotherThan(refused: string): Promise<string | null> {
    if (this.credential.kind === 'token') return this.credential.token() === refused ? null : this.credential.token();
    if (this.#lease?.token === refused) this.#lease = null;
    const token = await this.#token();
    return token === refused ? null : token;
  }

  async #logIn(): Promise<Lease> {
    if (this.credential.kind !== 'login') throw new Error('there is nothing to log in with');
    const { mount, fields } = this.credential;
    const lease = await this.#leaseOf('POST', `auth/${mount}/login`, null, Buffer.from(JSON.stringify(fields())));
    this.#grantedMillis = lease.endsAtMillis - this.clock.monotonicMillis();
    return lease;
  }

  #renew(token: string): Promise<Lease> {
    return this.#leaseOf('POST', 'auth/token/renew-self', token, Buffer.from('{}'));
  }

  async #lookUp(token: string): Promise<Lease> {
    const { data } = await this.#asked('GET', 'auth/token/lookup-self', token, null);
    const { ttl, renewable } = (data ?? {}) as { readonly ttl?: unknown; readonly renewable?: unknown };
    return this.#leaseFrom(token, ttl, renewable);
  }

  async #leaseOf(method: 'GET' | 'POST', path: string, token: string | null, body: Buffer): Promise<Lease> {
    const { auth } = await this.#asked(method, path, token, body);
    const { client_token: given, lease_duration: seconds, renewable } = (auth ?? {}) as { readonly client_token?: unknown; readonly lease_duration?: unknown; readonly renewable?: unknown };
    if (typeof given !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(given)) throw new VaultRefusal(`answers ${path} without a token`, 200);
    return this.#leaseFrom(given, seconds, renewable);
  }

  /** @param seconds 0 of a token that does not end. */
  #leaseFrom(token: string, seconds: unknown, renewable: unknown): Lease {
    const lifeMillis = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : Infinity;
    const nowMillis = this.clock.monotonicMillis();
    return { token, endsAtMillis: nowMillis + lifeMillis, renewAtMillis: nowMillis + lifeMillis * RENEWED_AT, isRenewable: renewable === true };
  }

  async #asked(method: 'GET' | 'POST', path: string, token: string | null, body: Buffer | null): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.#send({ method, path, ...(body === null ? {} : { body }) }, token).finally(() => body?.fill(0));
    try {
      if (answer.status !== 200) throw new VaultRefusal(`refuses ${path} (${answer.status})`, answer.status);
      return parsed(answer.body, path);
    } finally {
      answer.body.fill(0);
    }
  }

  async #send({ method, path, body }: VaultCall, token: string | null): Promise<VaultAnswer> {
    const answer = await exchange(this.server, { method, path, token, body: body ?? null, timeoutMillis: this.timeoutMillis });
    if (answer.status < 500 && answer.status !== 429) return answer;
    answer.body.fill(0);
    throw new VaultUnreachable(`answers ${answer.status}`, answer.status);
  }
}

/** The members of a JSON object; anything else is no Vault server. */
export function parsed(body: Buffer, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Its text may be the secret: it goes nowhere.
  }
  throw new VaultRefusal(`answers ${path} with something that is no JSON object`, 200);
}

