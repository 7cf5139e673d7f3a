import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { entityManagerOf, type UnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type Installation, openInstallation } from '../../../../test/harness/simulation.js';

const ID = '01900000-0000-7000-8000-0000000000aa';
const TOKEN = '01900000-0000-7000-8000-0000000000bb';
const DIGEST = `sha256:${'0'.repeat(64)}`;
const INSERT = `INSERT INTO simulation.job (id, project_id, project_slug, submitted_by, language, source, program_digest, shots, seed, method, precision, qubits, memory_bytes, cost_units, status)`;

/** What the database refuses each login, whatever a statement of ours, or of somebody who has taken the process over, says. */
const REFUSED: readonly { login: 'app' | 'worker' | 'sequencer'; what: string; sql: string; why: RegExp }[] = [
  { login: 'app', what: 'claim a job', sql: `UPDATE simulation.job SET status = 'running', claim_token = '${TOKEN}', lease_until = now()`, why: /permission denied/ },
  { login: 'app', what: 'call a job running without a claim', sql: `UPDATE simulation.job SET status = 'running'`, why: /job_claim/ },
  { login: 'app', what: 'call a queued job succeeded', sql: `UPDATE simulation.job SET status = 'succeeded', finished_at = now(), end_entry_id = '${TOKEN}'`, why: /does not go from/ },
  { login: 'app', what: 'cancel a job without an entry', sql: `UPDATE simulation.job SET status = 'cancelled', finished_at = now()`, why: /job_entry/ },
  { login: 'app', what: 'submit a job that has ended', sql: `${INSERT} SELECT gen_random_uuid(), project_id, 'red', submitted_by, language, source, program_digest, 1, 1, method, precision, 1, 1, 1, 'succeeded' FROM simulation.job`, why: /job_end|job_entry/ },
  { login: 'app', what: 'change a program', sql: `UPDATE simulation.job SET source = 'y'`, why: /permission denied/ },
  { login: 'app', what: 'change a seed', sql: 'UPDATE simulation.job SET seed = 2', why: /permission denied/ },
  { login: 'app', what: 'delete a job', sql: 'DELETE FROM simulation.job', why: /permission denied/ },
  { login: 'app', what: 'write a result', sql: `INSERT INTO simulation.result (job_id, body, size_bytes, digest) VALUES ('${ID}', '', 0, '${DIGEST}')`, why: /permission denied/ },
  { login: 'worker', what: 'submit a job', sql: `${INSERT} SELECT gen_random_uuid(), project_id, 'red', submitted_by, language, source, program_digest, 1, 1, method, precision, 1, 1, 1, 'queued' FROM simulation.job`, why: /permission denied/ },
  { login: 'worker', what: 'change a program', sql: `UPDATE simulation.job SET source = 'y'`, why: /permission denied/ },
  { login: 'worker', what: 'sign a result', sql: `UPDATE simulation.result SET algorithm = 'x', key_id = 'x', signature = '', signed_at = now()`, why: /permission denied/ },
  { login: 'worker', what: 'replace a result', sql: `UPDATE simulation.result SET body = ''`, why: /permission denied/ },
  { login: 'worker', what: 'read the accounts', sql: 'SELECT * FROM auth.principal', why: /permission denied/ },
  { login: 'worker', what: 'finish a queued job', sql: `UPDATE simulation.job SET status = 'succeeded', finished_at = now(), end_entry_id = '${TOKEN}'`, why: /does not go from/ },
  { login: 'sequencer', what: 'call a queued job succeeded', sql: `UPDATE simulation.job SET status = 'succeeded', finished_at = now()`, why: /does not go from/ },
  { login: 'sequencer', what: 'read a result', sql: 'SELECT body FROM simulation.result', why: /permission denied/ },
  { login: 'sequencer', what: 'read a program', sql: 'SELECT source FROM simulation.job', why: /permission denied/ },
  { login: 'sequencer', what: 'change what it signs', sql: `UPDATE simulation.result SET digest = '${DIGEST}'`, why: /permission denied/ },
  { login: 'sequencer', what: 'store half a signature', sql: `UPDATE simulation.result SET algorithm = 'x'`, why: /result_signature/ },
];

describe('the logins of the simulation', () => {
  let installation: Installation;

  before(async () => {
    installation = await openInstallation();
    await installation.query(`${INSERT} VALUES ($1, $2, 'red', $1, 'openqasm2', 'x', $3, 1, 1, 'statevector', 'double', 1, 1, 1, 'queued')`, [ID, installation.red, DIGEST]);
    await installation.query(`INSERT INTO simulation.result (job_id, body, size_bytes, digest) VALUES ($1, 'x', 1, $2)`, [ID, DIGEST]);
  });
  after(() => installation.close());

  const as = (unit: UnitOfWork, sql: string): Promise<unknown> => unit.run(systemPrincipal('spec'), (tx) => entityManagerOf(tx).query(sql));

  for (const { login, what, sql, why } of REFUSED) {
    it(`refuse the ${login} to ${what}`, async () => {
      await assert.rejects(as(installation.database[login], sql), why);
    });
  }

  it('let nobody call a job succeeded whose result has no signature, the sequencer included', async () => {
    await installation.query(`UPDATE simulation.job SET status = 'running', claim_token = $1, lease_until = now()`, [TOKEN]);
    await as(installation.database.worker, `UPDATE simulation.job SET status = 'signing', claim_token = NULL, lease_until = NULL, end_entry_id = '${TOKEN}'`);
    const succeed = `UPDATE simulation.job SET status = 'succeeded', finished_at = now()`;
    await assert.rejects(as(installation.database.sequencer, `${succeed} WHERE status = 'signing'`), /before its result is signed/);
    await assert.rejects(as(installation.database.worker, succeed), /permission denied/);
  });

  it('let nobody replace a signature, the sequencer included', async () => {
    const sign = `UPDATE simulation.result SET algorithm = 'Ed25519', key_id = 'k', signature = 'x', signed_at = now()`;
    await as(installation.database.sequencer, sign);
    await assert.rejects(as(installation.database.sequencer, sign), /signed already/);
  });
});
