import { Module } from '@nestjs/common';
import { OutboundClient } from './outbound-client.js';

@Module({ providers: [{ provide: OutboundClient, useFactory: () => new OutboundClient() }], exports: [OutboundClient] })
export class OutboundModule {}
