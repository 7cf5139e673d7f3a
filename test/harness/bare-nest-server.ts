import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { BareServer } from './bare-server.js';

/** The frame that the product stands in, with nothing in it: a controller that greets. In a process of its own, as the server is. */
export async function startBareNestServer(): Promise<BareServer> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [address] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: address.toString().trim(), stop: () => void child.kill() };
}

@Controller()
class HelloController {
  @Get()
  hello(): { readonly hello: string } {
    return { hello: 'world' };
  }
}

@Module({ controllers: [HelloController] })
class HelloModule {}

if (import.meta.main) {
  const application = await NestFactory.create<NestFastifyApplication>(HelloModule, new FastifyAdapter(), { logger: false });
  await application.listen(0, '127.0.0.1');
  process.stdout.write(`${await application.getUrl()}\n`);
}
