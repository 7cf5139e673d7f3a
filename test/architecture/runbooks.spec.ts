import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { BUILTIN_ROLES } from '../../src/modules/rbac/domain/builtin-roles.js';
import { RuleBook } from '../../src/modules/audit/detection/rule-book.js';
import { KEY_PURPOSE_NAMES } from '../../src/modules/crypto/domain/key-version.js';
import { CATALOGUE } from '../../src/app/catalogue.js';
import { sectionOf } from './document-claims.js';

const PAGE = readFileSync('docs/incident-response.md', 'utf8');
const RULES = new RuleBook('/nonexistent').rules.filter(({ raises }) => raises).map(({ rule }) => rule);
const ALERTS = (parse(readFileSync('docker/observability/prometheus-rules.yml', 'utf8')) as { groups: { rules: { alert: string; labels: { severity: string } }[] }[] }).groups.flatMap(({ rules }) => rules);

/** Headings of the third rank beneath one of the second. */
function sectionsIn(page: string, chapter: string): readonly string[] {
  return [...(sectionOf(page, chapter) ?? '').matchAll(/^### (.+)$/gm)].map(([, title]) => title!);
}

/** What is wrong with the sections of a chapter, which there should be one of for each name. */
function wrongIn(page: string, chapter: string, names: readonly string[]): readonly string[] {
  const sections = sectionsIn(page, chapter);
  const empty = sections.filter((title) => !/^\* /m.test(sectionOf(page, `### ${title}`)!));
  return [
    ...names.filter((name) => !sections.includes(name)).map((name) => `no section: ${name}`),
    ...sections.filter((title) => !names.includes(title)).map((title) => `of nothing: ${title}`),
    ...sections.filter((title, index) => sections.indexOf(title) !== index).map((title) => `twice: ${title}`),
    ...empty.map((title) => `says nothing: ${title}`),
  ];
}

describe('docs/incident-response.md', () => {
  it('has a section for every rule of detection that ships, and none without', () => {
    assert.ok(RULES.length >= 19);
    assert.deepEqual(wrongIn(PAGE, '## Alerts of detection', RULES.map(({ title }) => title)), []);
  });

  it('has a section for every alert of Prometheus, and none without', () => {
    assert.ok(ALERTS.length >= 15);
    assert.deepEqual(wrongIn(PAGE, '## Alerts of Prometheus', ALERTS.map(({ alert }) => alert)), []);
  });

  it('is found wanting where one is missing, stands twice, or says nothing', () => {
    const page = '## A\n### one\n* do\n### two\n### one\n* do\n### other\n* do\n## B\n### three\n* do\n';
    assert.deepEqual(wrongIn(page, '## A', ['one', 'two', 'three']), ['no section: three', 'of nothing: other', 'twice: one', 'says nothing: two']);
  });

  it('gives every severity of an alert a row', () => {
    const severities = sectionOf(PAGE, '## Severities')!;
    for (const level of new Set([...RULES.map((rule) => rule.level!), ...ALERTS.map(({ labels }) => labels.severity)])) assert.ok(severities.includes(`\`${level}\``), level);
  });

  it('says how every key of the server is exchanged', () => {
    const keys = sectionOf(PAGE, '## Keys that are no longer secret')!;
    for (const purpose of KEY_PURPOSE_NAMES) assert.ok(keys.includes(`\`${purpose}\``), purpose);
    for (const kind of ['Root key and seal', 'Keys of projects', 'TLS key', 'Keys of releases', 'Secrets of webhooks']) assert.ok(sectionsIn(PAGE, '## Keys that are no longer secret').includes(kind), kind);
  });

  it('names roles and events that there are', () => {
    const roles = [...sectionOf(PAGE, '## Roles')!.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name!);
    assert.deepEqual(roles.filter((name) => !(name in BUILTIN_ROLES)), []);
    const codes = new Set(CATALOGUE.events.map(({ code }) => code));
    const named = [...PAGE.matchAll(/`((?:access|alert|audit|auth|crypto|rbac|registry|server|simulation|webhook)\.[a-z.-]+)`/g)].map(([, code]) => code!);
    assert.ok(named.length > 5);
    assert.deepEqual(named.filter((code) => !codes.has(code)), []);
  });
});
