import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { type DeliveryOutcome, type OutboxMessage, OutboxSink } from '#platform/outbox/outbox-sink.js';
import { emailOf } from '../domain/alert-messages.js';
import { ToldAlerts } from './told-alerts.js';

const STEP_TIMEOUT_MILLIS = 10_000;

/**
 * E-mail through the operator's mail server; the message's id is the same at every attempt, so that a mailbox can tell
 * a repetition. Addresses come from the configuration, which lets nothing through that could end a header; what a rule
 * says goes into the text and, as one line, into the subject.
 */
@Injectable()
export class EmailSink extends OutboxSink {
  override readonly name = 'email';

  constructor(
    private readonly config: Config,
    private readonly told: ToldAlerts,
  ) {
    super();
  }

  override async deliver(message: OutboxMessage): Promise<DeliveryOutcome> {
    const { email } = this.config.alerting;
    if (email === null) return { kind: 'dropped', reason: 'not-configured' };
    const told = await this.told.of(message);
    if (told === null) return { kind: 'dropped', reason: 'no-alert' };
    const { hostname } = new URL(this.config.http.publicUrl);
    // Loaded by the first message: most installations send none, and all of them would wait for it at every start.
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({ url: email.smtpUrl, connectionTimeout: STEP_TIMEOUT_MILLIS, greetingTimeout: STEP_TIMEOUT_MILLIS, socketTimeout: STEP_TIMEOUT_MILLIS });
    try {
      await transport.sendMail({
        from: email.from,
        to: [...email.to],
        ...emailOf(told),
        messageId: `<${message.id}@${hostname}>`,
        date: told.step.at,
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      return { kind: 'delivered' };
    } catch (error) {
      return { kind: 'retry', reason: reasonOf(error) };
    } finally {
      transport.close();
    }
  }
}

/** The server's reply code where it gave one: what it said besides may hold addresses. */
function reasonOf(error: unknown): string {
  const { responseCode } = error as { responseCode?: unknown };
  return typeof responseCode === 'number' ? `status-${responseCode}` : 'connection';
}
