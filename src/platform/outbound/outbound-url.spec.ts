import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPublicAddress } from './address-policy.js';
import { literalAddress, parseOutboundUrl } from './outbound-url.js';

const codeOf = (text: string, httpsOnly = false): string | null => {
  const url = parseOutboundUrl(text, { httpsOnly });
  return url instanceof URL ? null : url.code;
};

describe('URLs that strangers want us to send to', () => {
  it('accepts http and https to a host, with a path and a query', () => {
    for (const text of ['https://hooks.example.com/a?b=c', 'http://example.com', 'https://example.com:8443/', 'http://example.com:80/', 'https://[2606:4700::1]:9000/x']) assert.equal(codeOf(text), null, text);
  });

  it('accepts nothing but https where only that is wanted', () => {
    assert.equal(codeOf('https://example.com/', true), null);
    assert.equal(codeOf('http://example.com/', true), 'wrong-scheme');
  });

  it('refuses what is no URL, or not the URL that it looks like', () => {
    for (const text of ['', 'example.com', '//example.com', 'https://', 'https://exa mple.com', 'https://example.com/\n', 'ht\ttps://example.com', ' https://example.com', 'https://1.2.3.4.5.6', 'https://[::1', `https://example.com/${'x'.repeat(2000)}`, 'https://example.com\u2028/']) {
      assert.equal(codeOf(text), 'wrong-format', JSON.stringify(text));
    }
  });

  it('refuses other schemes, credentials, fragments and the ports of other protocols', () => {
    for (const text of ['ftp://example.com', 'file:///etc/passwd', 'gopher://example.com', 'javascript:alert(1)', 'data:text/plain,x', 'unix:/run/x.sock']) assert.equal(codeOf(text), 'wrong-scheme', text);
    for (const text of ['https://user@example.com', 'https://user:word@example.com', 'https://:word@example.com']) assert.equal(codeOf(text), 'credentials', text);
    assert.equal(codeOf('https://example.com/#x'), 'fragment');
    for (const port of [1, 21, 22, 25, 110, 389, 587, 993]) assert.equal(codeOf(`http://example.com:${port}/`), 'port');
  });

  it('sees through every way to write an address', () => {
    for (const host of ['127.1', '0x7f.1', '0x7f000001', '2130706433', '017700000001', '0177.0.0.1', '①②⑦.0.0.1', '127。0。0。1', '127.0.0.1.', '%31%32%37.0.0.1', '[::1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', '0', '0.0.0.0', '[::]']) {
      const url = parseOutboundUrl(`http://${host}/`, { httpsOnly: false });
      assert.ok(url instanceof URL, host);
      const address = literalAddress(url);
      assert.ok(address !== null && !isPublicAddress(address), `${host} is ${address}`);
    }
  });
});
