import { isIP } from 'node:net';
import type { OuterService } from './outer-services.js';
import type { Values, VariableName } from './variables.js';

interface Connection {
  readonly service: OuterService;
  readonly isEncrypted: (url: URL) => boolean;
  readonly instead: string;
}

const scheme = (service: OuterService, protocol: string): Connection => ({ service, isEncrypted: (url) => url.protocol === `${protocol}:`, instead: `${protocol}:` });

/**
 * Only `verify-full` says both that it is encrypted and with whom (RFC 6125 §6): of the other modes of libpq, what they
 * check depends on the client and its version. A URL without a password names a login for the grants. smtp: may go on in clear when the other side, or somebody between, does
 * not offer STARTTLS.
 */
const postgres: Connection = { service: 'postgres', isEncrypted: (url) => url.password === '' || url.searchParams.get('sslmode') === 'verify-full', instead: 'sslmode=verify-full' };

const CONNECTIONS: Readonly<Partial<Record<VariableName, Connection>>> = {
  DATABASE_URL: postgres,
  DATABASE_SEQUENCER_URL: postgres,
  DATABASE_WORKER_URL: postgres,
  DATABASE_MIGRATION_URL: postgres,
  REDIS_URL: scheme('redis', 'rediss'),
  S3_ENDPOINT: scheme('s3', 'https'),
  SMTP_URL: scheme('smtp', 'smtps'),
  ALERT_SYSLOG_URL: scheme('syslog', 'tls'),
  ALERT_ALERTMANAGER_URL: scheme('alertmanager', 'https'),
  AUDIT_ANCHOR_WEBHOOK_URL: scheme('anchor-webhook', 'https'),
  OTEL_EXPORTER_OTLP_ENDPOINT: scheme('otlp', 'https'),
};

/** What leaves this machine in clear, and is not said to be meant. Never names an address: there are passwords in some. */
export function clearFindings(values: Values): string[] {
  const meant: ReadonlySet<string> = values.CLEAR_CONNECTIONS ?? new Set();
  return Object.entries(CONNECTIONS).flatMap(([name, { service, isEncrypted, instead }]) => {
    const value = values[name as VariableName];
    if (typeof value !== 'string' || meant.has(service) || !URL.canParse(value)) return [];
    const url = new URL(value);
    return isEncrypted(url) || staysHere(url) ? [] : [`${name} is spoken to in clear, which production refuses: ${instead}, or CLEAR_CONNECTIONS=${service} where something else encrypts the way`];
  });
}

/** A socket in a directory, which Postgres' URLs name by a parameter, or this machine itself. */
function staysHere(url: URL): boolean {
  const parameter = url.protocol.startsWith('postgres') ? url.searchParams.get('host') : null;
  return parameter?.startsWith('/') || isLoopback(parameter ?? url.hostname);
}

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}
