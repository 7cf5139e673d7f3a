import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public, Unaudited } from '#platform/http/annotations.js';
import { sendPage } from '#platform/http/pages/page.js';
import { DEVICE_PAGE } from './device-page.js';

/** Where a device sends the person to: its `verification_uri`. A page, and no part of the API that the document is about. */
@ApiExcludeController()
@Controller('device')
export class DevicePageController {
  @Get()
  @Public('whoever is sent here logs in here')
  @Unaudited('it is the same for everybody, and what is done on it is recorded')
  page(@Res({ passthrough: true }) reply: FastifyReply): Buffer {
    return sendPage(reply, DEVICE_PAGE);
  }
}
