import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { hotp, stepAt } from '../../src/modules/auth/domain/totp.js';
import { call, loginOwner } from '../harness/api.js';
import { installedHome } from '../harness/installed-home.js';
import { fromBase32 } from '../harness/second-factor.js';
import { enrolOverHttp, type Generator } from '../harness/second-factor-http.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { complaintsOf, freePort, openBrowser, picture } from './browser.js';

const PASSWORD = 'seven grey geese under a bridge';
const ANOTHER = 'nine brown bears behind a hedge';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

interface Waiting {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri_complete: string;
}

/** WCAG 2.2 §1.4.3 and §2.5.8 of whatever is visible, and that nothing is wider than the window. */
const SIGHT = `(() => {
  const parts = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = (colour) => { const [r, g, b] = parts(colour).map((c) => { const s = c / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (element) => { for (let at = element; at; at = at.parentElement) { const colour = getComputedStyle(at).backgroundColor; if (parts(colour)[3] !== 0) return colour; } return 'rgb(255, 255, 255)'; };
  const shown = [...document.querySelectorAll('h1, h2, p, label, small, li, button, input, a')].filter((each) => each.checkVisibility());
  const faint = shown.filter((each) => !each.disabled).flatMap((each) => { const [a, b] = [light(getComputedStyle(each).color), light(ground(each))].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05) >= 4.5 ? [] : [each.outerHTML.slice(0, 80)]; });
  const unnamed = shown.filter((each) => each.matches('input, button')).filter((each) => !(each.labels && each.labels.length > 0 ? each.labels[0].textContent : each.getAttribute('aria-label') || each.textContent).trim()).map((each) => each.id);
  const small = shown.filter((each) => each.matches('input, button')).filter((each) => { const box = each.getBoundingClientRect(); return box.height < 44 || box.width < 44; }).map((each) => each.id || each.textContent);
  return { faint, unnamed, small, wide: document.documentElement.scrollWidth > innerWidth };
})()`;
const SEEN_WELL = { faint: [], unnamed: [], small: [], wide: false };

describe('the pages that links and devices send people to, by keyboard alone', () => {
  let home: TestHome;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  let complaints: readonly string[];
  let owner: string;
  let generator: Generator;

  before(async () => {
    const port = await freePort();
    home = await installedHome({ PORT: String(port), PUBLIC_URL: `http://localhost:${port}` });
    server = await startServer(home);
    browser = await openBrowser();
    page = await browser.newPage();
    complaints = complaintsOf(page);
    owner = await loginOwner(server);
  });
  after(async () => {
    await browser.close();
    await server.stop();
    await home.dispose();
  });

  /** The page as it stands, on a telephone and on a desk, by day and by night. */
  const lookAt = async (name: string): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await page.evaluate(SIGHT), SEEN_WELL, `${name} ${colorScheme} ${width}`);
        await picture(page, `${name}-${width}-${colorScheme}`);
      }
    }
  };
  const type = async (text: string, key: 'Tab' | 'Enter'): Promise<void> => {
    await page.keyboard.type(text);
    await page.keyboard.press(key);
  };
  const told = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  /** A fragment alone would not load the page anew. */
  const follow = async (link: string): Promise<void> => {
    await page.goto('about:blank');
    await page.goto(link);
    assert.equal(await page.evaluate('location.hash + location.search'), '', 'nothing of it stays in the address');
  };
  const wait = async (): Promise<Waiting> => {
    const body = new URLSearchParams({ client_id: 'quantonium-cli', scope: 'read:data run:simulation' });
    return (await (await fetch(`${server.url}/oauth/device_authorization`, { method: 'POST', body })).json()) as Waiting;
  };
  const redeem = async ({ device_code }: Waiting): Promise<{ status: number; body: { access_token: string; error?: string } }> => {
    const answer = await fetch(`${server.url}/oauth/token`, { method: 'POST', body: new URLSearchParams({ grant_type: DEVICE_GRANT, client_id: 'quantonium-cli', device_code }) });
    return { status: answer.status, body: (await answer.json()) as { access_token: string } };
  };
  const assuranceOf = async (token: string): Promise<string> => (await call<{ assurance: string }>(server, 'GET', '/v1/auth/me', { token })).body.assurance;

  it('an invitation becomes an account, once, with a password that is good enough', async () => {
    const { body: { link } } = await call<{ link: string }>(server, 'POST', '/v1/users/invites', { token: owner, json: { username: 'alice' } });
    await follow(link);
    await page.locator('#password').focus();
    await lookAt('invite');
    await type('short', 'Tab');
    await type('short', 'Enter');
    await told('The new password does not meet the password policy. At least 15 characters, or 8 where a second factor is asked for too.');
    await lookAt('invite-refused');
    await page.locator('#password').fill('');
    await type(PASSWORD, 'Tab');
    await page.locator('#again').fill('');
    await type(ANOTHER, 'Enter');
    await told('The two are not the same.');
    assert.equal(await page.evaluate('document.activeElement.id'), 'again', 'where it can be mended');
    await page.locator('#again').fill('');
    await type(PASSWORD, 'Enter');
    await told(/Your account is called alice/);
    await lookAt('invite-done');
    await follow(link);
    await page.locator('#password').focus();
    await type(PASSWORD, 'Tab');
    await type(PASSWORD, 'Enter');
    await told(/This link is not good/);
  });

  it('a password is set anew', async () => {
    const { body: { items } } = await call<{ items: { id: string }[] }>(server, 'GET', '/v1/users?username=alice', { token: owner });
    const { body: { link } } = await call<{ link: string }>(server, 'POST', `/v1/users/${items[0]!.id}/password-reset`, { token: owner });
    await follow(`${server.home.environment['PUBLIC_URL']}/password-reset`);
    await told(/This page is opened by a link/);
    await follow(link);
    await page.locator('#password').focus();
    await lookAt('password-reset');
    await type(ANOTHER, 'Tab');
    await type(ANOTHER, 'Enter');
    await told('Done');
  });

  it('a device is let in by a password', async () => {
    const waiting = await wait();
    await follow(waiting.verification_uri_complete);
    await page.getByLabel('User name').waitFor();
    assert.equal(await page.evaluate('document.activeElement.id'), 'username', 'typing begins where one is');
    await lookAt('device-sign-in');
    await type('alice', 'Tab');
    await type('not the right phrase at all', 'Enter');
    await told('The username or the password is not right.');
    await lookAt('device-wrong');
    await page.getByLabel('Password').first().fill('');
    await page.getByLabel('Password').first().focus();
    await type(ANOTHER, 'Enter');
    await page.locator('#user-code').waitFor();
    assert.equal(await page.locator('#user-code').inputValue(), waiting.user_code);
    await lookAt('device-code');
    await page.keyboard.press('Enter');
    await told('Let it in?');
    await told('Run simulations');
    await lookAt('device-decide');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await told('The device is let in.');
    await lookAt('device-done');
    const answer = await redeem(waiting);
    assert.deepEqual([answer.status, await assuranceOf(answer.body.access_token)], [200, 'aal1']);
  });

  it('a device is let in, and another refused, by who has a second factor', async () => {
    const { body } = await call<{ access_token: string }>(server, 'POST', '/v1/auth/login', { json: { username: 'alice', password: ANOTHER } });
    ({ generator } = await enrolOverHttp(server, body.access_token));
    for (const { decision, said, status } of [{ decision: 'Tab', said: 'The device is let in.', status: 200 }, { decision: 'Tab Tab', said: 'The device is refused.', status: 400 }]) {
      const waiting = await wait();
      await follow(waiting.verification_uri_complete);
      await page.getByLabel('User name').waitFor();
      await type('alice', 'Tab');
      await type(ANOTHER, 'Enter');
      await page.getByLabel('Code of your authenticator application').waitFor();
      await lookAt('device-second-factor');
      await type('000000', 'Enter');
      await told('The second factor is not right.');
      generator.step = Math.max(generator.step + 1, stepAt(Date.now()) - 1);
      await type(hotp(fromBase32(generator.secret), generator.step), 'Enter');
      await page.locator('#user-code').waitFor();
      await page.keyboard.press('Enter');
      await told('Let it in?');
      for (const key of decision.split(' ')) await page.keyboard.press(key);
      await page.keyboard.press('Enter');
      await told(said);
      const answer = await redeem(waiting);
      assert.deepEqual([answer.status, status === 200 ? await assuranceOf(answer.body.access_token) : answer.body.error], [status, status === 200 ? 'aal2' : 'access_denied']);
    }
  });

  it('are seen well where second factors are kept, leave nothing in the browser, and break no policy of their own', async () => {
    await page.goto(`${server.home.environment['PUBLIC_URL']}/passkeys`);
    await page.getByLabel('User name').waitFor();
    await lookAt('passkeys-sign-in');
    assert.deepEqual(await page.evaluate('[document.cookie, localStorage.length, sessionStorage.length]'), ['', 0, 0]);
    assert.deepEqual(complaints, []);
  });
});
