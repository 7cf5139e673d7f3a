import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { AddressPolicy } from '#platform/outbound/address-policy.js';
import { type OutboundAnswer, OutboundClient, type OutboundPost } from '#platform/outbound/outbound-client.js';
import { parseOutboundUrl, type UrlRefusal, urlRefusal } from '#platform/outbound/outbound-url.js';

const RESOLUTION_TIMEOUT_MILLIS = 2_000;

/** Where webhooks may go: not to this network, whoever asks for it, unless the operator has listed the address. */
@Injectable()
export class WebhookDestinations {
  private readonly policy: AddressPolicy;
  private readonly httpsOnly: boolean;

  constructor(
    config: Config,
    private readonly client: OutboundClient,
  ) {
    this.policy = new AddressPolicy(config.alerting.privateNetworks);
    this.httpsOnly = config.production;
  }

  /**
   * What is wrong with a URL; null when nothing is. An early word for whoever types it: names change what they mean,
   * and each delivery decides again. Asks the network's name service: never inside a transaction.
   */
  async refusalOf(url: string): Promise<UrlRefusal | null> {
    const parsed = parseOutboundUrl(url, { httpsOnly: this.httpsOnly });
    if (!(parsed instanceof URL)) return parsed;
    return (await this.client.isPermitted(parsed, this.policy, RESOLUTION_TIMEOUT_MILLIS)) ? null : urlRefusal('private-address');
  }

  /** The URL was accepted when it was stored; the configuration may have changed since. */
  async post(url: string, message: Omit<OutboundPost, 'url'>): Promise<OutboundAnswer> {
    const parsed = parseOutboundUrl(url, { httpsOnly: this.httpsOnly });
    return parsed instanceof URL ? this.client.post({ ...message, url: parsed }, this.policy) : { kind: 'failed', reason: 'refused-address' };
  }
}
