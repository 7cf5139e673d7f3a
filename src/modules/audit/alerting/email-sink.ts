import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { Drivers } from '#platform/system/drivers.js';
import { LETTER_SEAL, openLetter } from '#platform/outbox/letter.js';
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
  private readonly driver: () => Promise<typeof import('nodemailer')>;

  constructor(
    private readonly config: Config,
    private readonly told: ToldAlerts,
    private readonly keyring: Keyring,
    drivers: Drivers,
  ) {
    super();
    this.driver = drivers.late('smtp', config.alerting.email !== null, () => import('nodemailer'));
  }

  override async deliver(message: OutboxMessage): Promise<DeliveryOutcome> {
    const { email } = this.config.alerting;
    if (email === null) return { kind: 'dropped', reason: 'not-configured' };
    const content = await this.contentOf(message, email.to);
    if (content === null) return { kind: 'dropped', reason: 'no-alert' };
    const { hostname } = new URL(this.config.http.publicUrl);
    const { createTransport } = await this.driver();
    const transport = createTransport({ url: email.smtpUrl, connectionTimeout: STEP_TIMEOUT_MILLIS, greetingTimeout: STEP_TIMEOUT_MILLIS, socketTimeout: STEP_TIMEOUT_MILLIS });
    try {
      await transport.sendMail({
        from: email.from,
        ...content,
        messageId: `<${message.id}@${hostname}>`,
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

  /** Of an alert, for the operator; or a letter to one person, which says itself to whom. */
  private async contentOf(message: OutboxMessage, operator: readonly string[]): Promise<Content | null> {
    const letter = openLetter(this.keyring.sealer(LETTER_SEAL), message);
    if (letter !== null) return { to: [letter.to], subject: letter.subject, text: letter.text, date: message.createdAt };
    const told = await this.told.of(message);
    return told === null || operator.length === 0 ? null : { to: [...operator], ...emailOf(told), date: told.step.at };
  }
}

interface Content {
  readonly to: string[];
  readonly subject: string;
  readonly text: string;
  readonly date: Date;
}

/** The server's reply code where it gave one: what it said besides may hold addresses. */
function reasonOf(error: unknown): string {
  const { responseCode } = error as { responseCode?: unknown };
  return typeof responseCode === 'number' ? `status-${responseCode}` : 'connection';
}
