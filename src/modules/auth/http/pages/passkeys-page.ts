import { makePage } from '#platform/http/pages/page.js';
import { SIGN_IN, SIGN_IN_SCRIPT } from './sign-in.js';

const MAIN = `
<p class="soft">Passkeys, codes of an authenticator application, and recovery codes of your own account.</p>
${SIGN_IN}
<section id="own" hidden>
<h2 id="whose">Your account</h2>
<p id="hint" class="note" hidden>A password is all that protects this account. Add a passkey, or an authenticator application.</p>
<h2>Passkeys</h2>
<ul id="passkeys" class="list"></ul>
<form id="passkey-form" novalidate>
<label for="label">Name of a new passkey</label>
<input id="label" name="label" maxlength="100" autocomplete="off" aria-describedby="label-help">
<small id="label-help" class="soft">How you will know it in this list: “My phone”, “The blue key”.</small>
<div class="actions"><button class="first" type="submit">Add a passkey</button></div>
</form>
<h2>Authenticator application</h2>
<ul id="totp" class="list"></ul>
<div class="actions"><button id="add-totp" type="button">Add an authenticator application</button></div>
<h2>Recovery codes</h2>
<p id="codes-left"></p>
<div class="actions"><button id="make-codes" type="button">Make new recovery codes</button></div>
<hr>
<div class="actions"><button id="sign-out" type="button">Sign out</button></div>
</section>
<section id="new-totp" hidden>
<h2>Authenticator application</h2>
<p>Give this key to your application, by hand or by <a id="totp-link" href="#">opening it there</a>. It is shown this once.</p>
<p id="totp-secret" class="secret" tabindex="0" aria-label="Key for the application"></p>
<form id="totp-form" autocomplete="off" novalidate>
<label for="totp-code">Code that the application shows now</label>
<input id="totp-code" class="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="6" required>
<div class="actions"><button class="first" type="submit">Add it</button><button id="no-totp" type="button">Cancel</button></div>
</form>
</section>
<section id="new-codes" hidden>
<h2>Recovery codes</h2>
<p>Keep these where a thief of your devices does not find them. Each is good once; those of before are void. They are shown this once.</p>
<p id="codes" class="secret" tabindex="0" aria-label="Recovery codes"></p>
<div class="actions"><button id="kept" class="first" type="button">I have kept them</button></div>
</section>
`;

const SCRIPT = `
const day = (text) => new Date(text).toLocaleDateString(undefined, { dateStyle: 'medium' });

function entry(name, detail, remove) {
  const what = make('span', { className: 'what' }, name, make('small', {}, detail));
  const button = make('button', { className: 'danger', type: 'button', textContent: 'Remove' });
  button.setAttribute('aria-label', 'Remove ' + name);
  button.addEventListener('click', async () => {
    button.disabled = true;
    try { await remove(); } catch (error) { say(error.message, 'wrong'); } finally { button.disabled = false; }
  });
  return make('li', {}, what, button);
}

async function changed(answer, text) {
  if (answer.status !== 200) throw new Error(problemOf(answer));
  useToken(answer);
  await own();
  say(text, 'right');
}

async function own(me) {
  const answer = await api('GET', '/v1/auth/mfa');
  if (answer.status !== 200) throw new Error(problemOf(answer));
  if (me) byId('whose').textContent = 'Account of ' + (me.displayName || me.username);
  const { factors, totpSince, passkeys, recoveryCodesLeft } = answer.body;
  byId('hint').hidden = factors.length > 0;
  byId('passkeys').replaceChildren(...passkeys.map(({ id, label, synced, createdAt, lastUsedAt }) =>
    entry(label || 'Passkey without a name', (synced ? 'On several devices' : 'On one device') + ' · added ' + day(createdAt) + (lastUsedAt ? ' · used ' + day(lastUsedAt) : ' · never used'), async () =>
      changed(await api('DELETE', '/v1/auth/mfa/webauthn/' + id), 'The passkey is removed.'))));
  byId('totp').replaceChildren(...(totpSince === null ? [] : [entry('Authenticator application', 'added ' + day(totpSince), async () =>
    changed(await api('DELETE', '/v1/auth/mfa/totp'), 'The authenticator application is removed.'))]));
  byId('add-totp').hidden = totpSince !== null;
  byId('codes-left').textContent = factors.length === 0 ? 'They stand in for a second factor: add one first.' : recoveryCodesLeft + ' of 10 are left.';
  byId('make-codes').hidden = factors.length === 0;
  show('own');
}

on('passkey-form', 'submit', async () => {
  if (!hasPasskeys) throw new Error('This browser knows no passkeys.');
  const offer = await api('POST', '/v1/auth/mfa/webauthn/options', {});
  if (offer.status !== 200) throw new Error(problemOf(offer));
  let credential;
  try {
    credential = (await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(offer.body) })).toJSON();
  } catch (error) {
    throw new Error(error.name === 'InvalidStateError' ? 'This device has a passkey of your account already.' : error.name === 'NotAllowedError' ? 'No passkey was made.' : 'No passkey could be made: ' + error.message);
  }
  const label = byId('label').value.trim();
  await changed(await api('POST', '/v1/auth/mfa/webauthn/verify', { credential, ...(label === '' ? {} : { label }) }), 'The passkey is added.');
  byId('passkey-form').reset();
});
on('add-totp', 'click', async () => {
  const answer = await api('POST', '/v1/auth/mfa/totp', {});
  if (answer.status !== 200) throw new Error(problemOf(answer));
  byId('totp-secret').textContent = answer.body.secret.match(/.{1,4}/g).join(' ');
  byId('totp-link').href = answer.body.uri;
  byId('totp-form').reset();
  say('');
  show('new-totp');
});
function forgetSecrets() {
  byId('totp-secret').textContent = '';
  byId('totp-link').href = '#';
  byId('codes').textContent = '';
}
on('totp-form', 'submit', async () => {
  const answer = await api('POST', '/v1/auth/mfa/totp/confirm', { code: byId('totp-code').value.trim() });
  byId('totp-code').value = '';
  if (answer.status === 200) forgetSecrets();
  await changed(answer, 'The authenticator application is added.');
});
on('no-totp', 'click', async () => { forgetSecrets(); await own(); });
on('make-codes', 'click', async () => {
  const answer = await api('POST', '/v1/auth/mfa/recovery-codes', {});
  if (answer.status !== 200) throw new Error(problemOf(answer));
  byId('codes').textContent = answer.body.codes.join('\\n');
  say('');
  show('new-codes');
});
on('kept', 'click', async () => { forgetSecrets(); await own(); });
on('sign-out', 'click', signOut);
signIn(own);
`;

/** Where people see to their second factors. Everything in it is done by the API, and can be done by it without this page. */
export const PASSKEYS_PAGE = makePage({ title: 'Your second factors', main: MAIN, scripts: [SIGN_IN_SCRIPT, SCRIPT] });
