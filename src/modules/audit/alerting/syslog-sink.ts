import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { type DeliveryOutcome, type OutboxMessage, OutboxSink } from '#platform/outbox/outbox-sink.js';
import { syslogEventOf } from '../domain/alert-messages.js';
import { syslogFrame } from '../domain/syslog-line.js';
import { ToldAlerts } from './told-alerts.js';

const TIMEOUT_MILLIS = 15_000;
/** RFC 5425 §4.1 for TLS; for plain TCP the port that everybody uses. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'tcp:': 514, 'tls:': 6514 };
/** How long a receiver may take to close its side, before its silence is taken for consent. */
const GOODBYE_MILLIS = 2_000;

/**
 * RFC 5424 over TCP or TLS. Syslog has no acknowledgement: delivered means that the connection took all of it and was
 * closed without a complaint.
 */
@Injectable()
export class SyslogSink extends OutboxSink {
  override readonly name = 'syslog';

  constructor(
    private readonly config: Config,
    private readonly told: ToldAlerts,
  ) {
    super();
  }

  override async deliver(message: OutboxMessage, signal: AbortSignal): Promise<DeliveryOutcome> {
    const { syslogUrl } = this.config.alerting;
    if (syslogUrl === null) return { kind: 'dropped', reason: 'not-configured' };
    const told = await this.told.of(message);
    if (told === null) return { kind: 'dropped', reason: 'no-alert' };
    return sendFrame(new URL(syslogUrl), syslogFrame(syslogEventOf(told)), AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MILLIS)]));
  }
}

function open({ protocol, hostname, port }: URL): Socket {
  const host = hostname.replace(/^\[|\]$/g, '');
  const target = { host, port: port === '' ? DEFAULT_PORTS[protocol]! : Number(port) };
  if (protocol !== 'tls:') return connectTcp(target);
  // RFC 6066 §3: an address is no server name. The certificate is held against the host either way.
  return connectTls({ ...target, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

function sendFrame(url: URL, frame: Buffer, signal: AbortSignal): Promise<DeliveryOutcome> {
  return new Promise((resolve) => {
    const socket = open(url);
    const abort = (): void => void socket.destroy(new Error('timeout'));
    signal.addEventListener('abort', abort, { once: true });
    let isTaken = false;
    // Whatever it says is read and thrown away, so that its end is seen.
    socket.resume();
    socket.once('error', () => resolve({ kind: 'retry', reason: signal.aborted ? 'timeout' : 'connection' }));
    socket.once('close', () => {
      signal.removeEventListener('abort', abort);
      resolve(isTaken ? { kind: 'delivered' } : { kind: 'retry', reason: 'connection' });
    });
    socket.once('finish', () => {
      isTaken = true;
      socket.setTimeout(GOODBYE_MILLIS, () => socket.destroy());
    });
    // Written when connected; over TLS, when the certificate has been checked.
    socket.end(frame);
  });
}
