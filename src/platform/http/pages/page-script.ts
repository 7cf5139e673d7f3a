/**
 * What scripts of pages share. Texts from anywhere reach the document as texts alone (`textContent`).
 *
 * - `byId(id)`, `make(tag, properties, ...children)`
 * - `say(text, kind)`: tells something, to screen readers too; kind is `wrong`, `right` or nothing. `say('')` takes it back.
 * - `show(id)`: this `section` of the page and no other, with its heading, or its first field, in focus.
 * - `call(method, path, body, token)`: one call of the API; `{ status, body, challenge }`.
 * - `on(id, event, deed)`: runs an async deed once at a time, its button disabled meanwhile; what it throws is told.
 * - `problemOf(answer)`: what to tell of an answer that is none of the awaited.
 */
export const PAGE_SCRIPT = `
const byId = (id) => document.getElementById(id);
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
function say(text, kind) {
  const said = byId('said');
  said.className = kind ? 'note ' + kind : 'note';
  said.textContent = text;
  said.hidden = text === '';
}
function show(id) {
  for (const section of document.querySelectorAll('main > section')) section.hidden = section.id !== id;
  const shown = byId(id);
  const first = shown.querySelector('input:not([hidden])') || shown.querySelector('h2');
  if (first) { if (first.tagName === 'H2') first.tabIndex = -1; first.focus(); }
}
async function call(method, path, body, token) {
  const headers = {};
  if (token) headers.authorization = 'Bearer ' + token;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: 'omit', cache: 'no-store', redirect: 'error' });
  const text = await response.text();
  let parsed = null;
  try { parsed = text === '' ? null : JSON.parse(text); } catch { /* no JSON: told by its status */ }
  return { status: response.status, body: parsed, challenge: response.headers.get('www-authenticate') || '', retryAfter: response.headers.get('retry-after') };
}
function problemOf(answer) {
  const wait = answer.retryAfter ? ' Try again in ' + answer.retryAfter + ' s.' : '';
  const first = answer.body && answer.body.errors && answer.body.errors[0];
  const detail = (answer.body && answer.body.detail) || (first && first.detail) || '';
  const title = (answer.body && answer.body.title) || 'The server answered ' + answer.status + '.';
  return title + (detail ? ' ' + detail[0].toUpperCase() + detail.slice(1) + (/[.!?]$/.test(detail) ? '' : '.') : '') + wait;
}
function on(id, event, deed) {
  byId(id).addEventListener(event, async (occurred) => {
    occurred.preventDefault();
    const element = byId(id);
    const buttons = element.tagName === 'BUTTON' ? [element] : [...element.querySelectorAll('button')];
    if (buttons.some((button) => button.disabled)) return;
    for (const button of buttons) button.disabled = true;
    try { await deed(occurred); } catch (error) { say(error instanceof TypeError ? 'The server could not be reached.' : String((error && error.message) || error), 'wrong'); }
    finally { for (const button of buttons) button.disabled = false; }
  });
}
`;
