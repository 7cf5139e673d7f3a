import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public, Unaudited } from '#platform/http/annotations.js';
import { sendPage } from '#platform/http/pages/page.js';
import { INVITE_PAGE, PASSWORD_RESET_PAGE } from './link-pages.js';

/** Where links lead that are good once. The same bytes for everybody: what a link holds stands behind its # and is never sent. */
@ApiExcludeController()
@Controller()
export class LinkPagesController {
  @Get('invite')
  @Public('the same page for everybody')
  @Unaudited('the same page for everybody')
  invite(@Res({ passthrough: true }) reply: FastifyReply): Buffer {
    return sendPage(reply, INVITE_PAGE);
  }

  @Get('password-reset')
  @Public('the same page for everybody')
  @Unaudited('the same page for everybody')
  passwordReset(@Res({ passthrough: true }) reply: FastifyReply): Buffer {
    return sendPage(reply, PASSWORD_RESET_PAGE);
  }
}
