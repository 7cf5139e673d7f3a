import { makePage, type Page } from '#platform/http/pages/page.js';

interface Deed {
  readonly title: string;
  readonly lead: string;
  readonly button: string;
  /** Of the API. */
  readonly path: string;
  /** The member of its body that the password is in. */
  readonly member: string;
  /** Script: a text of `answer.body`. */
  readonly done: string;
}

/**
 * A page that a link opens. The secret behind the # is taken out of the address before anything else is done, so that it
 * is neither in the history nor in what somebody copies from there; then it is in a variable, which ends with the page.
 */
function pageOf({ title, lead, button, path, member, done }: Deed): Page {
  return makePage({
    title,
    main: `<section id="choose">
<h2>Choose a password</h2>
<p>${lead}</p>
<form id="chosen" novalidate>
<label for="password">Password</label>
<input id="password" type="password" autocomplete="new-password" required aria-describedby="rule">
<small id="rule" class="soft">At least 15 characters; several words are best. Not one that is known from leaks.</small>
<label for="again">The same once more</label>
<input id="again" type="password" autocomplete="new-password" required>
<div class="actions"><button class="first" type="submit">${button}</button></div>
</form>
</section>
<section id="done" hidden><h2>Done</h2><p id="told"></p></section>`,
    scripts: [`
const secret = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
if (secret === '') say('This page is opened by a link. The whole of it must be in the address.', 'wrong');
on('chosen', 'submit', async () => {
  const password = byId('password').value;
  if (password === '') { say('Type a password.', 'wrong'); byId('password').focus(); return; }
  if (password !== byId('again').value) { say('The two are not the same.', 'wrong'); byId('again').focus(); return; }
  const answer = await call('POST', '${path}', { token: secret, ${member}: password });
  if (answer.status >= 300) { say(problemOf(answer), 'wrong'); byId('password').focus(); return; }
  byId('password').value = byId('again').value = '';
  byId('told').textContent = ${done};
  say('');
  show('done');
});
`],
  });
}

export const INVITE_PAGE = pageOf({
  title: 'Your account',
  lead: 'You were invited. Nobody but you knows the password that you choose here.',
  button: 'Make the account',
  path: '/v1/auth/invites/accept',
  member: 'password',
  done: `'Your account is called ' + answer.body.username + '. You can log in with it now.'`,
});

export const PASSWORD_RESET_PAGE = pageOf({
  title: 'Another password',
  lead: 'It takes the place of the one before. Whoever is logged in to your account is logged out, and its keys end.',
  button: 'Set the password',
  path: '/v1/auth/password/reset',
  member: 'newPassword',
  done: `'Log in with the new password. A second factor is asked for as before.'`,
});
