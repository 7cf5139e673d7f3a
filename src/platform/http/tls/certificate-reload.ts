import type { Server } from 'node:tls';
import { Logger } from '@nestjs/common';
import type { Metrics } from '#platform/metrics/metrics.js';
import { Rereading } from '#platform/system/rereading.js';
import { HTTP_METRICS } from '../http.metrics.js';
import { forgetKey, readTlsMaterial, TLS_OPTIONS, type TlsFiles, type TlsMaterial } from './tls-material.js';

/** How long a renewed certificate waits. */
const PAUSE_MILLIS = 10_000;

/**
 * Serves with what the files hold now. New connections get the new certificate, those that stand keep theirs; what
 * cannot be used is told once, and the certificate before it goes on serving.
 */
export class CertificateReload {
  private readonly logger = new Logger('tls');
  private readonly rereading: Rereading;

  constructor(
    private readonly server: Server,
    private readonly files: TlsFiles,
    private current: TlsMaterial,
    private readonly metrics: Metrics,
  ) {
    this.measure();
    this.rereading = new Rereading(PAUSE_MILLIS, () => this.look(), {
      failed: (error) => this.logger.error('the certificate was not renewed: the one before it goes on serving', { error }),
      recovered: () => this.logger.log('the certificate can be read again'),
    });
  }

  start(): void {
    this.rereading.start();
  }

  async stop(): Promise<void> {
    await this.rereading.stop();
  }

  /** Now, and not at the next look. Throws `TlsRefusal`, and keeps what it has. */
  look(): void {
    const found = readTlsMaterial(this.files);
    try {
      if (found.digest.equals(this.current.digest)) return;
      this.server.setSecureContext({ ...TLS_OPTIONS, ...found.context });
    } finally {
      forgetKey(found);
    }
    this.current = found;
    this.measure();
    this.logger.log('the certificate was renewed', { notAfter: new Date(found.notAfterMillis).toISOString() });
  }

  private measure(): void {
    this.metrics.set(HTTP_METRICS.http_tls_certificate_end_seconds, this.current.notAfterMillis / 1000);
  }
}
