import { makePage } from '#platform/http/pages/page.js';
import { SCOPES } from '#pure/principal/principal.js';

/** What each scope means to a person who is asked for it. */
const MEANINGS: Readonly<Record<(typeof SCOPES)[number], string>> = {
  'read:data': 'See your results, images and projects',
  'run:simulation': 'Run simulations',
  'write:data': 'Write data',
  'manage:keys': 'Use and manage keys',
  'manage:registry': 'Push and manage images',
  'read:audit': 'Read the ledger',
  'manage:identity': 'Manage accounts and their credentials',
  'manage:policy': 'Manage roles, projects and approvals',
};

const MAIN = `
<section id="login">
<h2>Log in</h2>
<form id="login-form" autocomplete="on">
<label for="username">User name</label><input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<div class="actions"><button class="first" type="submit">Log in</button></div>
</form>
</section>
<section id="second" hidden>
<h2>Second factor</h2>
<form id="second-form">
<label for="otp">Code of your authenticator, or a recovery code</label><input id="otp" class="code" autocomplete="one-time-code" spellcheck="false" required>
<div class="actions"><button class="first" type="submit">Go on</button></div>
</form>
</section>
<section id="code" hidden>
<h2>Which device?</h2>
<p>Type the code that your own device shows. If somebody sent you a code, or asked you for one, stop here: you would let them in as you.</p>
<form id="code-form" autocomplete="off">
<label for="user-code">Code</label><input id="user-code" class="code" autocapitalize="characters" spellcheck="false" maxlength="32" required>
<div class="actions"><button class="first" type="submit">Look</button></div>
</form>
</section>
<section id="decide" hidden>
<h2>Let it in?</h2>
<p>A device says that it is <strong id="client"></strong>. It asked from <strong id="source"></strong>, <span id="asked"></span>, and shows the code <strong id="shown"></strong>. As you, it would be able to:</p>
<ul class="list" id="scopes"></ul>
<div class="actions"><button class="first" id="approve" type="button">Let it in</button><button class="danger" id="deny" type="button">Refuse</button></div>
</section>
<section id="done" hidden><h2 id="outcome"></h2><p>You may close this page.</p></section>
`;

/** The token is in a variable and ends with the page. A code in the address fills in the field, and is looked at only when the person says so. */
const SCRIPT = `
const MEANINGS = ${JSON.stringify(MEANINGS)};
let token = null;
let ticket = null;
let code = new URLSearchParams(location.search).get('user_code') || '';
history.replaceState(null, '', location.pathname);
function loggedIn(body) {
  token = body.access_token;
  say('');
  byId('user-code').value = code;
  show('code');
}
on('login-form', 'submit', async () => {
  const answer = await call('POST', '/v1/auth/login', { username: byId('username').value, password: byId('password').value });
  byId('password').value = '';
  if (answer.status !== 200) return say(problemOf(answer), 'wrong');
  if (!answer.body.mfa_required) return loggedIn(answer.body);
  ticket = answer.body.ticket;
  say('');
  show('second');
});
on('second-form', 'submit', async () => {
  const typed = byId('otp').value.trim();
  byId('otp').value = '';
  const answer = await call('POST', '/v1/auth/mfa/verify', { ticket, factor: /^[0-9]{6}$/.test(typed) ? 'totp' : 'recovery', code: typed });
  if (answer.status !== 200) return say(problemOf(answer), 'wrong');
  loggedIn(answer.body);
});
on('code-form', 'submit', async () => {
  code = byId('user-code').value;
  const answer = await call('GET', '/v1/auth/device?user_code=' + encodeURIComponent(code), undefined, token);
  if (answer.status !== 200) return say(problemOf(answer), 'wrong');
  const device = answer.body;
  byId('client').textContent = device.clientName;
  byId('source').textContent = device.source || 'an unknown place';
  byId('asked').textContent = 'at ' + new Date(device.createdAt).toLocaleTimeString();
  byId('shown').textContent = code.toUpperCase();
  byId('scopes').replaceChildren(...device.scope.split(' ').map((scope) => make('li', {}, MEANINGS[scope] || scope)));
  say('');
  show('decide');
});
async function decide(verb, outcome) {
  const answer = await call('POST', '/v1/auth/device/' + verb, { userCode: code }, token);
  if (answer.status !== 204) return say(problemOf(answer), 'wrong');
  token = null;
  byId('outcome').textContent = outcome;
  say('');
  show('done');
}
on('approve', 'click', () => decide('approve', 'The device is let in.'));
on('deny', 'click', () => decide('deny', 'The device is refused.'));
show('login');
`;

export const DEVICE_PAGE = makePage({ title: 'Let a device in', main: MAIN, scripts: [SCRIPT] });
