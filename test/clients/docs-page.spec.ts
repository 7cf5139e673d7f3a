import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { installedHome } from '../harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { needProgram } from './install.js';

const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

describe('the docs page, in a browser', () => {
  let home: TestHome;
  let server: RunningServer;
  let browser: Browser;

  before(async () => {
    needProgram('chromium');
    home = await installedHome();
    server = await startServer(home);
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: QUIET });
  });
  after(async () => {
    await browser.close();
    await server.stop();
    await home.dispose();
  });

  it('draws every route, asks nobody else for anything, and breaks no policy of its own', async () => {
    /* Of a document of this length the page draws what is in sight: all of it, then. */
    const page = await browser.newPage({ viewport: { width: 1280, height: 20_000 } });
    const strangers: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) strangers.push(request.url());
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`${server.url}/docs`);
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, Record<string, unknown>> };
    const declared = Object.values(document.paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0);
    const drawn = page.locator('.opblock');
    await drawn.nth(declared - 1).waitFor({ timeout: 30_000 });
    assert.equal(await drawn.count(), declared);
    assert.deepEqual(strangers, []);
    assert.deepEqual(complaints, []);
  });
});
