import type { RedisConfig } from '#platform/config/config.js';
import { RedisRefusal } from './redis-connection.js';
import { rightsOf, takesStrangers } from './redis-rights.js';

/** Rejects where nobody answers; with a `RedisRefusal` where the rights are not just those of counting, or others need none. */
export async function admitRedis(address: RedisConfig): Promise<void> {
  const { excessive, missing } = await rightsOf(address).catch((error: unknown) => Promise.reject(refusalIn(error) ?? error));
  if (excessive.length > 0) throw new RedisRefusal(`the login of REDIS_URL may do what counting never needs: ${excessive.join(', ')}. docker/redis/users.acl has one that may not`);
  if (missing.length > 0) throw new RedisRefusal(`the login of REDIS_URL may not do what counting needs: ${missing.join(', ')}. docker/redis/users.acl has one that may`);
  if (await takesStrangers(address)) throw new RedisRefusal('Redis takes commands of who does not log in: docker/redis/users.acl has its default user off');
}

/** RFC 5280 §6 as OpenSSL names what failed of it, and RFC 6125. */
const OF_CERTIFICATES = /^(UNABLE_TO_|CERT_|SELF_SIGNED_CERT_|DEPTH_ZERO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|ERR_TLS_CERT_ALTNAME_INVALID)/;
const OF_THE_LOGIN = /^(WRONGPASS|NOAUTH|NOPERM|DENIED|ERR) /;

/** What waiting does not mend. Only the first word of what Redis says is told: it repeats commands that it does not know, and one has the password. */
function refusalIn(error: unknown): RedisRefusal | null {
  if (error instanceof RedisRefusal) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const said = OF_THE_LOGIN.exec(message)?.[1];
  if (OF_CERTIFICATES.test(code)) return new RedisRefusal(`the certificate of Redis does not hold (${code}): REDIS_CA_FILE names the authorities that vouch for it, and it must be for the host of REDIS_URL`, { cause: error });
  if (/^(ERR_SSL_|EPROTO)/.test(code)) return new RedisRefusal(`no TLS 1.3 is spoken at the address of REDIS_URL (${code})`, { cause: error });
  return said === undefined ? null : new RedisRefusal(`Redis does not take the login of REDIS_URL (${said})`, { cause: error });
}

export type RedisStanding = 'proven' | 'refused' | 'unreachable';

/**
 * The stage of a boot. Production ends with what is amiss; elsewhere it is told. A Redis that is away stops nobody: each
 * process counts for itself, and in production asks the same questions before it counts by it.
 */
export async function proveRedis(address: RedisConfig, production: boolean, warn: (reason: string) => void): Promise<RedisStanding> {
  try {
    await admitRedis(address);
    return 'proven';
  } catch (error) {
    if (!(error instanceof RedisRefusal)) {
      warn(`it does not answer (${nameOf(error)}): this process counts for itself until it does`);
      return 'unreachable';
    }
    if (production) throw error;
    warn(`${error.message}; production does not start so`);
    return 'refused';
  }
}

/** Of a failure to connect: nothing of the address. */
function nameOf(error: unknown): string {
  const { code, constructor } = error as NodeJS.ErrnoException;
  return code ?? constructor.name;
}
