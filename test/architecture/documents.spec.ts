import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { KEY_PURPOSE_NAMES } from '../../src/modules/crypto/domain/key-version.js';
import { constantIn, DOCUMENTS, figuresIn, filesIn, headingsOf, isServed, linksIn, routesIn, scriptsIn, sectionOf } from './document-claims.js';

const { scripts, version } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Readonly<Record<string, string>>; version: string };
const { paths } = JSON.parse(readFileSync('test/golden/openapi.json', 'utf8')) as { paths: Readonly<Record<string, object>> };
const METRICS = readFileSync('docs/metrics.md', 'utf8');
const VARIABLES = new Set([...readFileSync('.env.example', 'utf8').matchAll(/^#([A-Z0-9_]+)=/gm)].map(([, name]) => name!));
const COMPOSE = readFileSync('docker/compose.yaml', 'utf8');
const RULES = readFileSync('docker/observability/prometheus-rules.yml', 'utf8');
/** By commands, where they are run. */
const WRITTEN_LATER = new Set(['dist/sbom.cdx.json']);
const texts = DOCUMENTS.map((file) => ({ file, text: readFileSync(file, 'utf8') }));

/** What `told` finds wrong in any document, with the document's name. */
const wrongIn = (told: (text: string, file: string) => readonly string[]): readonly string[] => texts.flatMap(({ file, text }) => told(text, file).map((wrong) => `${file}: ${wrong}`));

describe('the documents', () => {
  it('name no command that is not there', () => {
    assert.deepEqual(wrongIn((text) => scriptsIn(text).filter((name) => !(name in scripts))), []);
  });

  it('name no route that is not served', () => {
    assert.deepEqual(wrongIn((text) => routesIn(text).filter((route) => !isServed(route, paths)).map(({ method, path }) => `${method ?? ''} ${path}`)), []);
  });

  it('lead to nothing that is not there', () => {
    const broken = wrongIn((text, file) =>
      linksIn(text).flatMap(({ file: target, heading }) => {
        const place = target === '' ? file : join(dirname(file), target);
        if (!existsSync(place)) return [target];
        return heading === null || headingsOf(place).has(heading) ? [] : [`${target}#${heading}`];
      }),
    );
    assert.deepEqual(broken, []);
  });

  it('name no file of ours that is not there', () => {
    const built = (path: string): string => path.replace(/^dist\//, '').replace(/\.js$/, '.ts');
    const wrong = wrongIn((text) => filesIn(text).filter((path) => !WRITTEN_LATER.has(path) && !existsSync(path.startsWith('dist/') ? built(path) : path)));
    assert.deepEqual(wrong, []);
  });

  it('name no metric and no alert that is not there', () => {
    assert.deepEqual(wrongIn((text) => (text.match(/\bquantonium_[a-z_]+[a-z]\b(?=[`{"} ])/g) ?? []).filter((name) => /_(?:total|seconds|bytes|ready|stale|forked|shedding|size|waiting|jobs)$/.test(name) && !METRICS.includes(`\`${name}\``))), []);
    assert.deepEqual(wrongIn((text) => (text.match(/`Quantonium[A-Z]\w+(?<!Error)`/g) ?? []).filter((name) => !RULES.includes(`alert: ${name.slice(1, -1)}\n`))), []);
  });

  for (const file of ['docs/operations.md', 'docs/incident-response.md', 'SECURITY.md', 'docs/threat-model.md'].filter((each) => existsSync(each))) {
    it(`${file} names no setting that is not there`, () => {
      // Node's own are told by what reads them; others are of the compose file.
      const foreign = new Set(['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS', 'RELEASE_TRUST_DIR', 'SHA256SUMS']);
      const text = readFileSync(file, 'utf8');
      const named = [...text.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?==|`)/g)].map(([, name]) => name!);
      // Nor those that a command of the page is given, and sysexits.h.
      assert.deepEqual(named.filter((name) => !text.includes(`$${name}`) && !COMPOSE.includes(`\${${name}`) && !name.startsWith('EX_') && !VARIABLES.has(name) && !VARIABLES.has(name.replace(/_FILE$/, '')) && !foreign.has(name)), []);
    });
  }
});

describe('what would be found wrong in a document', () => {
  it('is a command that is not there', () => assert.deepEqual(scriptsIn('run `npm run build:release -- --keys K` and npm run nothing.'), ['build:release', 'nothing']));

  it('is a route that is not served, or by another method', () => {
    const named = routesIn('`GET /v1/alerts/:id`, POST /v1/alerts, curl $URL/v1/alerts/$ID/resolve; `/v1/transit/*`, "$URL/v1/nothing?limit=5".');
    assert.deepEqual(named.map((route) => `${route.method} ${route.path} ${isServed(route, paths)}`), ['GET /v1/alerts/:id true', 'POST /v1/alerts false', 'null /v1/alerts/$ID/resolve true', 'null /v1/transit/* true', 'null /v1/nothing false']);
  });

  it('is a file of ours', () => {
    assert.deepEqual(filesIn('`docker/seccomp.json`, /app/dist/src/main.js and ./dist/src/boot/a.js; test/faults/registry-*.spec.ts, ../src/README.md.'), ['docker/seccomp.json', 'dist/src/main.js', 'dist/src/boot/a.js']);
  });

  it('is a link to a file or a heading', () => {
    assert.deepEqual(linksIn('[a](tls.md) [b](#here) [c](https://example.org) `[d](e.md)`\n```\n[f](g.md)\n```\n[h](../src/README.md#the-floors)'), [
      { file: 'tls.md', heading: null },
      { file: '', heading: 'here' },
      { file: '../src/README.md', heading: 'the-floors' },
    ]);
    assert.ok(headingsOf('src/README.md').has('where-a-thing-is-declared'));
  });

  it('is a section that ends where the next of its rank begins', () => {
    assert.equal(sectionOf('# a\n## b\nc\n### d\ne\n## f', '## b'), '## b\nc\n### d\ne');
    assert.equal(sectionOf('# a\n## b', '## c'), null);
  });
});

describe('docs/operations.md', () => {
  it('gives figures of capacity that the benchmarks gave, at most five times better or worse since', () => {
    const measured = readFileSync('docs/benchmarks.md', 'utf8').split('\n');
    const section = sectionOf(readFileSync('docs/operations.md', 'utf8'), '## Capacity')!;
    const rows = [...section.matchAll(/^\| [^|]+ \| ([\d.]+) [^|]*\| `([^`]+)` \|$/gm)].map(([, figure, label]) => ({ figure: Number(figure), label: label! }));
    assert.ok(rows.length >= 10, String(rows.length));
    for (const { figure, label } of rows) {
      const line = measured.find((each) => each.startsWith(label));
      assert.ok(line !== undefined, `no benchmark is called ${label}`);
      const ratio = figure / Number(/\s([\d.]+)/.exec(line.slice(label.length))![1]);
      assert.ok(ratio > 1 / 5 && ratio < 5, `${label}: ${line}`);
    }
  });
});

describe('docs/data.md', () => {
  it('gives every table and view of the schema one class, and nothing else', () => {
    const tables = [...new Set([...readFileSync('test/golden/schema.txt', 'utf8').matchAll(/^column (\w+\.\w+)\./gm)].map(([, name]) => name!))].sort();
    const page = readFileSync('docs/data.md', 'utf8');
    const classes = [...sectionOf(page, '## Classes')!.matchAll(/^\| \*\*(\w+)\*\* \|/gm)].map(([, name]) => name!);
    const rows = [...sectionOf(page, '## Tables')!.matchAll(/^\| (\w+) \| (`.*`) \|$/gm)].map(([, kind, names]) => ({ kind: kind!, names: names!.split(' ').map((name) => name.slice(1, -1)) }));
    assert.deepEqual(rows.map(({ kind }) => kind), classes.filter((kind) => kind !== 'public'));
    assert.deepEqual(rows.flatMap(({ names }) => names).sort(), tables);
  });
});

describe('docs/limits.md', () => {
  const rows = readFileSync('docs/limits.md', 'utf8').split('\n').filter((line) => line.startsWith('| '));

  it('gives each figure as the code has it', () => {
    let compared = 0;
    for (const row of rows) {
      const [, file, constant] = /\(\.\.\/([^)]+)\) `([A-Z_]+)` \|$/.exec(row) ?? [];
      if (constant === undefined) continue;
      const value = constantIn(readFileSync(file!, 'utf8'), constant);
      assert.ok(value !== null, `${file} has no ${constant}`);
      assert.ok(figuresIn(row).includes(value), `${constant} is ${value}: ${row}`);
      compared += 1;
    }
    assert.ok(compared > 30, String(compared));
  });

  it('would be refused with another figure', () => {
    assert.deepEqual(figuresIn('| a | 3.5 s | 16 KiB, 10 GiB | 64 wait |'), [3500, 16 * 1024, 10 * 1024 ** 3, 64]);
    assert.equal(constantIn('export const A_MAX = 10 * 1024 ** 3;\nconst B = 2_000;', 'A_MAX'), 10 * 1024 ** 3);
    assert.equal(constantIn('const B = 2_000;', 'A_MAX'), null);
  });
});

describe('docs/signing-keys.md', () => {
  it('has a row for every purpose, and says what a revocation of it means', () => {
    const text = readFileSync('docs/signing-keys.md', 'utf8');
    const meanings = sectionOf(text, '## What a revocation means')!;
    for (const purpose of KEY_PURPOSE_NAMES) {
      assert.match(text, new RegExp(`^\\| \`${purpose}\` \\|`, 'm'));
      assert.ok(meanings.includes(`\`${purpose}\``), purpose);
    }
  });
});

describe('SECURITY.md', () => {
  it('supports the version that this is', () => {
    assert.match(readFileSync('SECURITY.md', 'utf8'), new RegExp(`^\\| ${version.split('.').slice(0, 2).join('\\.')}\\.x \\| yes`, 'm'));
  });
});

describe('.github/CODEOWNERS', () => {
  const lines = readFileSync('.github/CODEOWNERS', 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(/\s+/));

  it('names paths that are there, each once, with their owners', () => {
    for (const [path, ...owners] of lines) {
      assert.ok(path === '*' || (path!.startsWith('/') && existsSync(`.${path}`)), path);
      assert.ok(owners.length > 0 && owners.every((owner) => /^@quantonium\/[a-z]+$/.test(owner)), path);
    }
    assert.equal(new Set(lines.map(([path]) => path)).size, lines.length);
  });

  it('has a general rule first, and asks who looks for holes about every engine that guards', () => {
    assert.equal(lines[0]![0], '*');
    const watched = lines.filter(([, ...owners]) => owners.includes('@quantonium/security')).map(([path]) => path);
    for (const module of ['crypto', 'audit', 'rbac', 'auth']) assert.ok(watched.includes(`/src/modules/${module}/`), module);
    assert.equal(globSync('.github/pull_request_template.md').length, 1);
  });
});
