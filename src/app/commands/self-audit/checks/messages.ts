import type { Check } from '../check.js';
import type { Request } from '../target.js';
import { LOGIN, OWN_ACCOUNT, postToLogin, refusedWith } from './samples.js';

type Asked = readonly [path: string, request: Request];

/** What is sent, and with what it may be refused: a name for each, since a requirement asks for one and not for all. */
interface Malformed {
  readonly name: string;
  readonly about: string;
  /** Lines after the request line's place; the Host is put where `{host}` stands. */
  readonly bytes?: string;
  readonly ask?: Asked;
  readonly refused: readonly number[];
}

const login = (body: string | Buffer, type?: string): Asked => [LOGIN, postToLogin(body, type)];
const CLOSE = 'Connection: close\r\n\r\n';

const MALFORMED: readonly Malformed[] = [
  { name: 'host-twice', about: 'two Hosts are one too many', bytes: `GET /openapi.json HTTP/1.1\r\nHost: {host}\r\nHost: other.example\r\n${CLOSE}`, refused: [400] },
  { name: 'host-missing', about: 'there is one Host', bytes: `GET /openapi.json HTTP/1.1\r\n${CLOSE}`, refused: [400] },
  { name: 'authorization-twice', about: 'two credentials are none', bytes: `GET ${OWN_ACCOUNT} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n${CLOSE}`, refused: [400, 401] },
  { name: 'length-and-chunked', about: 'a message has one length', bytes: `POST ${LOGIN} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n${CLOSE}0\r\n\r\n`, refused: [400] },
  { name: 'length-twice', about: 'a length is said once', bytes: `POST ${LOGIN} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n${CLOSE}{} `, refused: [400] },
  { name: 'header-folded', about: 'a header is one line', bytes: `GET /openapi.json HTTP/1.1\r\nHost: {host}\r\nX-A: b\r\n c\r\n${CLOSE}`, refused: [400] },
  { name: 'header-size', about: 'headers have an end', bytes: `GET /openapi.json HTTP/1.1\r\nHost: {host}\r\nX-A: ${'a'.repeat(20_000)}\r\n${CLOSE}`, refused: [400, 431] },
  { name: 'trace', about: 'TRACE echoes nothing', ask: ['/openapi.json', { method: 'TRACE' }], refused: [400, 404, 405, 501] },
  { name: 'method-unknown', about: 'a method that HTTP does not know is refused', ask: ['/openapi.json', { method: 'WONDER' }], refused: [400, 405, 501] },
  { name: 'method-override', about: 'no header makes another method of a request', ask: [LOGIN, { headers: [['X-HTTP-Method-Override', 'POST']] }], refused: [404, 405] },
  { name: 'body-type', about: 'a body is JSON, and says so', ask: login('<a/>', 'application/xml'), refused: [415] },
  { name: 'body-compressed', about: 'nothing is unpacked before it is measured', ask: [LOGIN, postToLogin('{}', 'application/json', ['Content-Encoding', 'gzip'])], refused: [415] },
  { name: 'body-size', about: 'the body of a stranger is small', ask: login(`{"username":"${'a'.repeat(20_000)}","password":"b"}`), refused: [413] },
  { name: 'json-members-twice', about: 'a member stands once', ask: login('{"username":"a","username":"b","password":"c"}'), refused: [400, 422] },
  { name: 'json-depth', about: 'JSON has a depth', ask: login('['.repeat(8_000)), refused: [400, 422] },
  { name: 'json-prototype', about: 'no member reaches a prototype', ask: login('{"username":"a","password":"b","__proto__":{"x":1}}'), refused: [400, 422] },
  { name: 'json-nul', about: 'text has no NUL and no half of a character', ask: login('{"username":"a\\u0000","password":"\\ud800"}'), refused: [400, 422] },
  { name: 'json-bytes', about: 'text is UTF-8', ask: login(Buffer.from('{"username":"\xff","password":"b"}', 'latin1')), refused: [400, 422] },
  { name: 'json-types', about: 'a member has its type', ask: login('{"username":{"$ne":null},"password":["b"]}'), refused: [400, 422] },
  { name: 'json-unknown-members', about: 'a member that is not known is refused', ask: login('{"username":"a","password":"b","isAdmin":true}'), refused: [400, 422] },
  { name: 'query-twice', about: 'a name stands once in a query', ask: ['/openapi.json?a=1&a=2', {}], refused: [400, 422] },
  { name: 'path-undecodable', about: 'a path is decoded once, or not at all', ask: ['/docs/%zz', {}], refused: [400] },
];

/** A refusal, of what no client of good faith sends. */
export const MESSAGE_CHECKS: readonly Check[] = MALFORMED.map(({ name, about, bytes, ask, refused }) => ({
  name,
  about,
  needs: [],
  run: async (target) => {
    const [path, request] = ask ?? ['/', {}];
    return refusedWith(bytes === undefined ? await target.ask(path, request) : await target.send(Buffer.from(bytes.replace('{host}', target.url.host), 'latin1')), refused);
  },
}));
