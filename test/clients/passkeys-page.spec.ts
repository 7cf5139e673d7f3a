import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { stepAt, hotp } from '../../src/modules/auth/domain/totp.js';
import { installedHome } from '../harness/installed-home.js';
import { fromBase32 } from '../harness/second-factor.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { complaintsOf, freePort, openBrowser, picture as pictureOf } from './browser.js';

describe('the page of second factors, in a browser with an authenticator', () => {
  let home: TestHome;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  let address: string;
  let complaints: readonly string[];

  before(async () => {
    const port = await freePort();
    // Credentials belong to names, and an address is none; and to the one address that people are told.
    address = `http://localhost:${port}`;
    home = await installedHome({ PORT: String(port), PUBLIC_URL: address });
    server = await startServer(home);
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 420, height: 900 } });
    complaints = complaintsOf(page);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  });
  after(async () => {
    await browser.close();
    await server.stop();
    await home.dispose();
  });

  const picture = (name: string): Promise<void> => pictureOf(page, `passkeys-${name}`);
  const open = async (): Promise<void> => {
    await page.goto(`${address}/passkeys`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  };
  const byPassword = async (password = server.home.ownerPassword): Promise<void> => {
    await page.getByLabel('User name').fill('owner');
    await page.getByLabel('Password').first().fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };

  it('adds a passkey, asks for it at the next login, and logs in with it alone', async () => {
    await open();
    await picture('sign-in');
    await byPassword('not the right phrase at all');
    await page.getByText('The username or the password is not right.').waitFor();
    await picture('wrong');
    await byPassword();
    await page.getByLabel('Name of a new passkey').fill('The test key');
    await picture('empty');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('The passkey is added.').waitFor();
    await page.getByText('The test key').waitFor();
    await page.getByRole('button', { name: 'Make new recovery codes' }).click();
    await page.getByRole('button', { name: 'I have kept them' }).waitFor();
    assert.equal((await page.locator('#codes').innerText()).trim().split('\n').length, 10);
    await picture('codes');
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByText('10 of 10 are left.').waitFor();
    await picture('own');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    await byPassword();
    await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
    await picture('second-factor');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText('The test key').waitFor();
  });

  it('adds an authenticator application, and takes a factor away again', async () => {
    await page.getByRole('button', { name: 'Add an authenticator application' }).click();
    await page.getByLabel('Code that the application shows now').waitFor();
    const secret = (await page.locator('#totp-secret').innerText()).replaceAll(' ', '');
    await picture('totp');
    await page.getByLabel('Code that the application shows now').fill(hotp(fromBase32(secret), stepAt(Date.now())));
    await page.getByRole('button', { name: 'Add it' }).click();
    await page.getByText('The authenticator application is added.').waitFor();
    assert.equal(await page.locator('#totp-secret').innerText().catch(() => ''), '');
    await page.getByRole('button', { name: 'Remove Authenticator application' }).click();
    await page.getByText('The authenticator application is removed.').waitFor();
  });

  it('keeps nothing in the browser, has a name for everything that can be used, and breaks no policy of its own', async () => {
    assert.deepEqual(await page.evaluate('[document.cookie, localStorage.length, sessionStorage.length]'), ['', 0, 0]);
    const unnamed = await page.evaluate(`[...document.querySelectorAll('input, button, a')].filter((each) => {
      const label = each.getAttribute('aria-label') || (each.labels && each.labels.length > 0 && each.labels[0].textContent) || each.textContent;
      return !label || label.trim() === '';
    }).map((each) => each.id)`);
    // Its words are said when it is known what they are.
    assert.deepEqual((unnamed as string[]).filter((id) => id !== 'other-code'), []);
    assert.deepEqual(complaints, []);
  });
});
