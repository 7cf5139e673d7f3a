import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import { makePage } from './page.js';

const page = makePage({ title: 'A page', main: '<section id="first"><h2>First</h2></section>', scripts: ["say('ready');"] });
const html = page.bytes.toString();
const between = (tag: string): string => new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(html)?.[1] ?? assert.fail(`no ${tag}`);
const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe('a page', () => {
  it('names its script and its style by their hashes, and allows nothing else', () => {
    assert.ok(page.contentSecurityPolicy.includes(`script-src ${sha256(between('script'))};`));
    assert.ok(page.contentSecurityPolicy.includes(`style-src ${sha256(between('style'))};`));
    assert.match(page.contentSecurityPolicy, /^default-src 'none';/);
    assert.doesNotMatch(page.contentSecurityPolicy, /unsafe|https?:|\*/);
  });

  it('has a script that a browser can read, and no handler or style in an attribute', () => {
    assert.doesNotThrow(() => new vm.Script(between('script')));
    assert.doesNotMatch(html, /\son\w+=|\sstyle=|javascript:/i);
    assert.doesNotMatch(between('script'), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
  });

  it('has its language, its title as its first heading, and a place where things are told to screen readers', () => {
    assert.match(html, /<html lang="en">/);
    assert.match(html, /<h1 tabindex="-1">A page<\/h1>/);
    assert.match(html, /role="status" aria-live="polite"/);
  });

  it('refuses a script that would end its own element', () => {
    assert.throws(() => makePage({ title: 'x', main: '', scripts: ["const text = '</script>';"] }));
    assert.throws(() => makePage({ title: 'x', main: '', scripts: ["const text = '<!--';"] }));
  });
});
