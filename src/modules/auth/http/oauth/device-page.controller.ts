import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public, Unaudited } from '#platform/http/annotations.js';
import { sendPage } from '#platform/http/pages/page.js';
import { DEVICE_PAGE } from './device-page.js';

/** Where a device sends the person to: its `verification_uri`. */
@ApiTags('devices')
@Controller('device')
export class DevicePageController {
  @Get()
  @Public('whoever is sent here logs in here')
  @Unaudited('it is the same for everybody, and what is done on it is recorded')
  @ApiOperation({ summary: 'The page on which people let devices in', description: 'It has no cookies: its script calls this API, and holds the token until the page is closed.' })
  @ApiProduces('text/html')
  @ApiOkResponse({ schema: { type: 'string', example: '<!doctype html>…' } })
  page(@Res({ passthrough: true }) reply: FastifyReply): Buffer {
    return sendPage(reply, DEVICE_PAGE);
  }
}
