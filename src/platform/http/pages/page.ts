import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { PAGE_STYLE } from './page-style.js';
import { PAGE_SCRIPT } from './page-script.js';

/** A page as it is written: everything but its frame. All of it are constants of the build; nothing of a request enters it. */
export interface PageParts {
  readonly title: string;
  /** HTML of the `main` element. */
  readonly main: string;
  /** Run in order, after the kit's own (`page-script.ts`), whose names they may use. */
  readonly scripts: readonly string[];
}

/** A page as it is sent. */
export interface Page {
  readonly bytes: Buffer;
  readonly contentSecurityPolicy: string;
  readonly etag: string;
}

/**
 * Puts a page together. Its policy names script and style by their hashes, so that nothing else runs in it, whatever an
 * attacker might get into the document; scripts may speak to this origin alone, and texts become markup nowhere
 * (`require-trusted-types-for`, with no policy that could be made).
 *
 * There are no cookies and no forms that a browser would send by itself: the script calls the API, and holds what it is
 * given in variables, which end with the page. So there is nothing that another site could make use of.
 */
export function makePage({ title, main, scripts }: PageParts): Page {
  const script = `'use strict';\n(() => {\n${[PAGE_SCRIPT, ...scripts].join('\n')}\n})();\n`;
  if (/<\/script|<!--/i.test(script) || /<\/style/i.test(PAGE_STYLE)) throw new Error('what stands between tags must not end them');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Quantonium</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<header><p class="brand">Quantonium</p></header>
<main id="main">
<h1 tabindex="-1">${title}</h1>
<noscript><p class="note wrong">This page needs JavaScript.</p></noscript>
<div id="said" class="note" role="status" aria-live="polite" hidden></div>
${main}
</main>
<script>${script}</script>
</body>
</html>
`;
  const bytes = Buffer.from(html);
  return {
    bytes,
    contentSecurityPolicy: [
      "default-src 'none'",
      `script-src '${hashOf(script)}'`,
      `style-src '${hashOf(PAGE_STYLE)}'`,
      'img-src data:',
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join('; '),
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
  };
}

/** For the handler of a page's route: sets what belongs to it, and gives the body. */
export function sendPage(reply: FastifyReply, { bytes, contentSecurityPolicy, etag }: Page): Buffer {
  void reply.header('content-security-policy', contentSecurityPolicy).header('cache-control', 'public, no-cache').header('etag', etag).type('text/html; charset=utf-8');
  return bytes;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}
