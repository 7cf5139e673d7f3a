import { Module } from '@nestjs/common';
import { Outbox } from './outbox.js';
import { OutboxRows } from './outbox-rows.js';

@Module({ providers: [Outbox, OutboxRows], exports: [Outbox, OutboxRows] })
export class OutboxModule {}
