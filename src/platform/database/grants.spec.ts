import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SCHEMA } from '../../../migrations/index.js';
import { type Grants, grantStatements, quoteIdentifier } from './grants.js';

const LOGINS = { app: 'a', sequencer: 's', worker: 'w', migration: 'm' };
const GRANTS: Grants = [
  { on: 'SCHEMA audit', app: 'USAGE' },
  { on: 'TABLE audit.entry', app: 'SELECT', sequencer: 'SELECT, UPDATE (leaf)' },
  { on: 'FUNCTION audit.append(uuid, bytea)', app: 'EXECUTE' },
];

describe('grants', () => {
  it('take everything from PUBLIC and the logins first, then give what is listed', () => {
    assert.deepEqual(grantStatements(GRANTS, LOGINS), [
      'REVOKE ALL ON SCHEMA audit FROM PUBLIC, "a", "s", "w"',
      'REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM PUBLIC, "a", "s", "w"',
      'REVOKE ALL ON ALL SEQUENCES IN SCHEMA audit FROM PUBLIC, "a", "s", "w"',
      'REVOKE ALL ON ALL ROUTINES IN SCHEMA audit FROM PUBLIC, "a", "s", "w"',
      'GRANT USAGE ON SCHEMA audit TO "a"',
      'GRANT SELECT ON TABLE audit.entry TO "a"',
      'GRANT SELECT, UPDATE (leaf) ON TABLE audit.entry TO "s"',
      'GRANT EXECUTE ON FUNCTION audit.append(uuid, bytea) TO "a"',
    ]);
  });

  it('take nothing from a login that is the owner, and give it nothing', () => {
    const statements = grantStatements(GRANTS, { app: 'm', sequencer: 'm', worker: 'm', migration: 'm' });
    assert.deepEqual(statements.filter((statement) => statement.startsWith('GRANT')), []);
    assert.ok(statements.every((statement) => statement.endsWith('FROM PUBLIC')));
  });

  it('give one login what each of its two roles needs', () => {
    const statements = grantStatements(GRANTS, { ...LOGINS, sequencer: 'a' });
    assert.ok(statements.includes('GRANT SELECT ON TABLE audit.entry TO "a"'));
    assert.ok(statements.includes('GRANT SELECT, UPDATE (leaf) ON TABLE audit.entry TO "a"'));
  });

  it('quote a login that was named to break out', () => {
    assert.equal(quoteIdentifier('x"; DROP TABLE t; --'), '"x""; DROP TABLE t; --"');
  });

  it('refuse an object that is none', () => {
    assert.throws(() => grantStatements([{ on: 'DATABASE quantonium' as 'SCHEMA x' }], LOGINS), /not an object/);
  });

  it('of every module name an object that exists in a schema of ours', () => {
    for (const { on } of SCHEMA.grants) assert.match(on, /^(SCHEMA|TABLE|SEQUENCE|FUNCTION) (platform|crypto|audit|alerts|rbac|auth|registry|simulation)\b/);
  });
});
