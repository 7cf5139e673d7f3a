import { makePage } from '#platform/http/pages/page.js';
import { SCOPES } from '#pure/principal/principal.js';
import { SIGN_IN, SIGN_IN_SCRIPT } from '../pages/sign-in.js';

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
${SIGN_IN}
<section id="which" hidden>
<h2>Which device?</h2>
<p>Type the code that your own device shows. If somebody sent you a code, or asked you for one, stop here: you would let them in as you.</p>
<form id="which-form" autocomplete="off" novalidate>
<label for="user-code">Code</label>
<input id="user-code" class="code" autocapitalize="characters" spellcheck="false" maxlength="32" required>
<div class="actions"><button class="first" type="submit">Look</button></div>
</form>
</section>
<section id="decide" hidden>
<h2>Let it in?</h2>
<p>A device says that it is <strong id="client"></strong>. It asked from <strong id="source"></strong>, <span id="asked"></span>, and shows the code <strong id="shown"></strong>. As you, it would be able to:</p>
<ul class="list" id="scopes"></ul>
<div class="actions"><button class="first" id="approve" type="button">Let it in</button><button class="danger" id="deny" type="button">Refuse</button><button id="another" type="button">Another code</button></div>
</section>
<section id="done" hidden><h2 id="outcome"></h2><p>You may close this page.</p></section>
`;

/** The login ends with the decision. A code in the address fills in the field, and is looked at only when the person says so. */
const SCRIPT = `
const MEANINGS = ${JSON.stringify(MEANINGS)};
let code = new URLSearchParams(location.search).get('user_code') || '';
history.replaceState(null, '', location.pathname);
function which() {
  byId('user-code').value = code;
  show('which');
}
on('which-form', 'submit', async () => {
  code = byId('user-code').value.trim();
  if (code === '') throw new Error('Type the code.');
  const answer = await api('GET', '/v1/auth/device?user_code=' + encodeURIComponent(code));
  if (answer.status !== 200) throw new Error(problemOf(answer));
  const device = answer.body;
  byId('client').textContent = device.clientName;
  byId('source').textContent = device.source || 'an unknown place';
  byId('asked').textContent = 'at ' + new Date(device.createdAt).toLocaleTimeString();
  byId('shown').textContent = code.toUpperCase();
  byId('scopes').replaceChildren(...device.scope.split(' ').filter((scope) => scope !== '').map((scope) => make('li', {}, MEANINGS[scope] || scope)));
  say('');
  show('decide');
});
async function decide(verb, outcome) {
  const answer = await api('POST', '/v1/auth/device/' + verb, { userCode: code });
  if (answer.status !== 204) throw new Error(problemOf(answer));
  // The device has yet to fetch its session, and gets none by a login that was ended: so this one is forgotten, and not ended.
  token = null;
  byId('outcome').textContent = outcome;
  say('');
  show('done');
}
on('approve', 'click', () => decide('approve', 'The device is let in.'));
on('deny', 'click', () => decide('deny', 'The device is refused.'));
byId('another').addEventListener('click', () => { say(''); code = ''; which(); });
signIn(which);
`;

export const DEVICE_PAGE = makePage({ title: 'Let a device in', main: MAIN, scripts: [SIGN_IN_SCRIPT, SCRIPT] });
