import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { needProgram } from './install.js';

const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Where pictures of pages are left for people; nowhere unless told. */
const PICTURES = process.argv.find((argument) => argument.startsWith('--pictures='))?.slice('--pictures='.length);

/** One that nobody listens at: the relying party is told its own address before it listens. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

/** Debian's own. */
export async function openBrowser(): Promise<Browser> {
  needProgram('chromium');
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: QUIET });
}

/** What a page complains of: broken policies and scripts, and not that the API refused something. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

export async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}
