/**
 * How pages log somebody in, for the pages of this engine. A page puts `SIGN_IN` into its main part, `SIGN_IN_SCRIPT`
 * before its own script, and calls:
 *
 * - `signIn(then)`: shows the form, and calls `then()` once there is a token, and a password that need not be changed.
 * - `api(method, path, body)`: `call` with the token. Where the login is too weak or too old it asks the person to prove
 *   themselves anew, and calls again (RFC 9470); where it has ended, it begins again with the form.
 * - `useToken(answer)`: of an answer that holds the successor of the token.
 * - `signOut()`.
 *
 * The token is a variable of this script: it ends with the page, and no other page can have it.
 */
export const SIGN_IN = `
<section id="sign-in" hidden>
<h2>Sign in</h2>
<form id="password-form" autocomplete="on" novalidate>
<label for="username">User name</label>
<input id="username" name="username" autocomplete="username webauthn" autocapitalize="none" spellcheck="false" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<div class="actions"><button class="first" type="submit">Sign in</button></div>
</form>
<hr>
<p class="soft">Or without a name and a password:</p>
<div class="actions"><button id="passkey-sign-in" type="button">Sign in with a passkey</button></div>
</section>
<section id="second-factor" hidden>
<h2 id="second-factor-title">Second factor</h2>
<p id="second-factor-why" class="soft"></p>
<div id="by-passkey" class="actions"><button id="use-passkey" class="first" type="button">Use a passkey</button></div>
<form id="code-form" autocomplete="off" novalidate>
<label id="code-label" for="code">Code</label>
<input id="code" class="code" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" aria-describedby="code-help" required>
<small id="code-help" class="soft"></small>
<div class="actions"><button class="first" type="submit">Continue</button><button id="other-code" type="button"></button></div>
</form>
<form id="again-form" novalidate>
<label for="again">Password</label>
<input id="again" name="password" type="password" autocomplete="current-password" required>
<div class="actions"><button class="first" type="submit">Continue</button></div>
</form>
<div class="actions"><button id="give-up" type="button">Cancel</button></div>
</section>
<section id="new-password" hidden>
<h2>Choose a password</h2>
<p class="soft">The one that you were given opens nothing but this.</p>
<form id="new-password-form" novalidate>
<label for="chosen">New password</label>
<input id="chosen" name="new-password" type="password" autocomplete="new-password" aria-describedby="chosen-help" required>
<small id="chosen-help" class="soft">A few words that nobody would guess are easier to remember than signs.</small>
<div class="actions"><button class="first" type="submit">Change the password</button></div>
</form>
</section>
`;

export const SIGN_IN_SCRIPT = `
let token = null;
let typedPassword = '';
let signedIn = null;
let asked = null;
const hasPasskeys = typeof PublicKeyCredential === 'function' && typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function';

function useToken(answer) { token = answer.body.access_token; }

function signIn(then) {
  signedIn = then;
  token = null;
  byId('password-form').reset();
  byId('passkey-sign-in').disabled = !hasPasskeys;
  show('sign-in');
}

async function signOut() {
  const ended = token;
  token = null;
  if (ended) await call('POST', '/v1/auth/logout', undefined, ended);
  signIn(signedIn);
  say('You are signed out.', 'right');
}

async function api(method, path, body) {
  const answer = await call(method, path, body, token);
  if (answer.status !== 401) return answer;
  if (!answer.challenge.includes('insufficient_user_authentication')) {
    signIn(signedIn);
    throw new Error('You have been signed out. Sign in again.');
  }
  await proveAnew();
  return call(method, path, body, token);
}

/** Of a passkey, what the server takes; null when the person did not want to. */
async function signWithPasskey(options) {
  if (!hasPasskeys) throw new Error('This browser knows no passkeys.');
  try {
    const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    return credential.toJSON();
  } catch (error) {
    throw new Error(error && error.name === 'NotAllowedError' ? 'No passkey was used.' : 'The passkey could not be used: ' + error.message);
  }
}

async function enter(answer) {
  if (answer.status !== 200) throw new Error(problemOf(answer));
  if (answer.body.mfa_required) return askFactor({ ticket: answer.body.ticket, factors: answer.body.factors });
  useToken(answer);
  const me = await call('GET', '/v1/auth/me', undefined, token);
  if (me.status !== 200) throw new Error(problemOf(me));
  if (me.body.mustChangePassword) return show('new-password');
  typedPassword = '';
  say('');
  await signedIn(me.body);
}

function askFactor(question) {
  asked = question;
  const isLogin = question.ticket !== undefined;
  byId('second-factor-title').textContent = isLogin ? 'Second factor' : 'Is it you?';
  byId('second-factor-why').textContent = isLogin ? 'Your account asks for more than a password.' : 'This takes a fresh login.';
  byId('by-passkey').hidden = !question.factors.includes('webauthn') || !hasPasskeys;
  byId('again-form').hidden = question.factors.length > 0;
  byId('again-form').reset();
  const codes = question.factors.filter((factor) => factor !== 'webauthn');
  byId('code-form').hidden = codes.length === 0;
  byId('other-code').hidden = codes.length < 2;
  useCode(codes[0]);
  say('');
  show('second-factor');
}

function useCode(factor) {
  asked.codeFactor = factor;
  byId('code-form').reset();
  byId('code').inputMode = factor === 'totp' ? 'numeric' : 'text';
  byId('code-label').textContent = factor === 'totp' ? 'Code of your authenticator application' : 'Recovery code';
  byId('code-help').textContent = factor === 'totp' ? 'Six digits, new every thirty seconds.' : 'Each one is good once.';
  byId('other-code').textContent = factor === 'totp' ? 'Use a recovery code' : 'Use the application';
}

/** Resolves when the token is fresh and strong. */
async function proveAnew() {
  const own = await call('GET', '/v1/auth/mfa', undefined, token);
  if (own.status !== 200) throw new Error(problemOf(own));
  const section = [...document.querySelectorAll('main > section')].find((each) => !each.hidden);
  await new Promise((done, cancelled) => askFactor({ factors: own.body.factors, done, cancelled }));
  show(section.id);
}

async function answerFactor(proof) {
  const question = asked;
  if (question.ticket !== undefined) {
    const answer = await call('POST', '/v1/auth/mfa/verify', { ticket: question.ticket, ...proof });
    if (answer.status === 401 && answer.body && String(answer.body.type).endsWith(':ticket-refused')) signIn(signedIn);
    return enter(answer);
  }
  const answer = await call('POST', '/v1/auth/step-up', proof, token);
  if (answer.status !== 200) throw new Error(problemOf(answer));
  useToken(answer);
  say('');
  question.done();
}

on('password-form', 'submit', async () => {
  typedPassword = byId('password').value;
  if (byId('username').value === '' || typedPassword === '') throw new Error('Type your name and your password.');
  await enter(await call('POST', '/v1/auth/login', { username: byId('username').value, password: typedPassword }));
});
on('passkey-sign-in', 'click', async () => {
  const options = await call('POST', '/v1/auth/passkeys/options', {});
  if (options.status !== 200) throw new Error(problemOf(options));
  await enter(await call('POST', '/v1/auth/passkeys/verify', { credential: await signWithPasskey(options.body) }));
});
on('use-passkey', 'click', async () => {
  const isLogin = asked.ticket !== undefined;
  const options = isLogin ? await call('POST', '/v1/auth/mfa/challenge', { ticket: asked.ticket }) : await call('POST', '/v1/auth/step-up/options', {}, token);
  if (options.status !== 200) throw new Error(problemOf(options));
  await answerFactor({ factor: 'webauthn', credential: await signWithPasskey(options.body) });
});
on('code-form', 'submit', async () => {
  const code = byId('code').value.trim();
  if (code === '') throw new Error('Type the code.');
  byId('code').value = '';
  byId('code').focus();
  await answerFactor({ factor: asked.codeFactor, code });
});
on('again-form', 'submit', async () => answerFactor({ factor: 'password', password: byId('again').value }));
byId('other-code').addEventListener('click', () => { useCode(asked.codeFactor === 'totp' ? 'recovery' : 'totp'); byId('code').focus(); });
byId('give-up').addEventListener('click', () => {
  say('');
  if (asked.cancelled) asked.cancelled(new Error('Nothing was changed.'));
  if (asked.ticket !== undefined) signIn(signedIn); else showAgain();
});
function showAgain() { signedIn(null).catch((error) => say(error.message, 'wrong')); }
on('new-password-form', 'submit', async () => {
  const answer = await call('PUT', '/v1/auth/password', { currentPassword: typedPassword, newPassword: byId('chosen').value }, token);
  byId('new-password-form').reset();
  await enter(answer);
});
`;
