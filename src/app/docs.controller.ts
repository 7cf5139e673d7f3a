import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Injectable, Module, Param, Res } from '@nestjs/common';
import { ApiExcludeController, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public, Unaudited } from '#platform/http/annotations.js';
import { DOCS_CONTENT_SECURITY_POLICY } from '#platform/http/security-headers.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';

const OPEN = 'The interface is not a secret: it is the same in every installation of this version.';
const STATIC = 'Constants of the build.';

/**
 * The document, made for the first who asks: making it is a tenth of a start, and most processes are never asked.
 * Golden files hold what it says, so nothing is found wrong with it then that was not before.
 */
@Injectable()
export class ApiDocument {
  private text: Buffer | null = null;
  private describe: () => OpenAPIObject = () => {
    throw new Error('the API document has not been published');
  };

  publish(describe: () => OpenAPIObject): void {
    this.describe = describe;
  }

  get bytes(): Buffer {
    this.text ??= Buffer.from(JSON.stringify(this.describe()));
    return this.text;
  }
}

interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
  readonly etag: string;
}

/** The page has no script of its own, so its policy needs no exception; everything comes from this server. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Quantonium API</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
/** `validatorUrl: null`: the page would otherwise send the document to a service of others. */
const START = "window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', validatorUrl: null, deepLinking: true, tryItOutEnabled: true });\n";

/** The browsable documentation, read into memory at boot: four files, 2 MB. */
@Injectable()
export class DocsAssets {
  private readonly assets: ReadonlyMap<string, Asset>;
  readonly page: Asset = asset('text/html; charset=utf-8', Buffer.from(PAGE));

  constructor() {
    const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
    const file = (name: string, type: string): [string, Asset] => [name, asset(type, readFileSync(join(folder, name)))];
    this.assets = new Map([
      file('swagger-ui.css', 'text/css; charset=utf-8'),
      file('swagger-ui-bundle.js', 'text/javascript; charset=utf-8'),
      file('favicon-32x32.png', 'image/png'),
      ['start.js', asset('text/javascript; charset=utf-8', Buffer.from(START))],
    ]);
  }

  /** By exact name: a request's text never becomes a part of a path. */
  find(name: string): Asset | undefined {
    return this.assets.get(name);
  }
}

function asset(type: string, bytes: Buffer): Asset {
  return { type, bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}

@ApiExcludeController()
@Controller()
export class DocsController {
  constructor(
    private readonly document: ApiDocument,
    private readonly assets: DocsAssets,
  ) {}

  @Get('openapi.json')
  @Public(OPEN)
  @Unaudited(STATIC)
  openapi(@Res({ passthrough: true }) reply: FastifyReply): Buffer {
    reply.header('cache-control', 'public, max-age=300').type('application/json');
    return this.document.bytes;
  }

  @Get('docs')
  @Public(OPEN)
  @Unaudited(STATIC)
  page(@Res({ passthrough: true }) reply: FastifyReply): Buffer {
    return send(reply, this.assets.page);
  }

  @Get('docs/:asset')
  @Public(OPEN)
  @Unaudited(STATIC)
  file(@Param('asset') name: string, @Res({ passthrough: true }) reply: FastifyReply): Buffer {
    const found = this.assets.find(name);
    if (found === undefined) throw new Fault(REQUEST_FAULTS['not-found']);
    return send(reply, found);
  }
}

function send(reply: FastifyReply, { type, bytes, etag }: Asset): Buffer {
  reply.header('content-security-policy', DOCS_CONTENT_SECURITY_POLICY).header('cache-control', 'public, max-age=3600').header('etag', etag).type(type);
  return bytes;
}

@Module({ controllers: [DocsController], providers: [ApiDocument, DocsAssets], exports: [ApiDocument] })
export class DocsModule {}
