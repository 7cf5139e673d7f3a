import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public, Unaudited } from '#platform/http/annotations.js';
import { sendPage } from '#platform/http/pages/page.js';
import { PASSKEYS_PAGE } from './passkeys-page.js';

@ApiExcludeController()
@Controller()
export class PasskeysPageController {
  @Get('passkeys')
  @Public('the page is the same for everybody; who one is, its script asks the API')
  @Unaudited('a constant of the build')
  page(@Res({ passthrough: true }) reply: FastifyReply): Buffer {
    return sendPage(reply, PASSKEYS_PAGE);
  }
}
