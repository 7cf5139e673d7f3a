import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/**
 * Jobs and results. The table refuses by itself what no statement should attempt:
 * - a transition that `JOB_TRANSITIONS` does not have, and a success whose result is not signed (trigger): the worker's
 *   login may write `status` and no signature, the sequencer's both and no result;
 * - a running job without a claim, or a claim on a job that is not running (`job_claim`). The application's login
 *   may write `status` but neither `claim_token` nor `error_code`, so the only transitions it can make are those to
 *   `cancelled`, and of waiting parts to `done`;
 * - a part that ends otherwise than `done`, which no whole job does (`job_part`);
 * - a finished job without an end or, when it failed, an error; a run that ended without an entry in the ledger.
 */
export class Simulation1763769600007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA simulation');
    await createJobs(runner);
    // A heartbeat changes no indexed column, so with room on the page it costs no index entry (HOT update).
    // The claim walks its lanes: from one project to the next, from one submitter to the next, and to the head of each.
    await runner.query(`CREATE INDEX job_queue ON simulation.job (background, project_id, submitted_by, (priority <> 'high'), id) WHERE status = 'queued'`);
    await runner.query(`CREATE INDEX job_waiting ON simulation.job (id) WHERE status = 'queued'`);
    await runner.query(`CREATE INDEX job_waiting_until ON simulation.job (deadline) WHERE status IN ('queued', 'spread') AND deadline IS NOT NULL`);
    await runner.query(`CREATE INDEX job_running ON simulation.job (id) WHERE status = 'running'`);
    await runner.query(`CREATE INDEX job_waiting_of_project ON simulation.job (project_id) WHERE status IN ('queued', 'spread') AND parent_id IS NULL`);
    await runner.query('CREATE INDEX job_of_project ON simulation.job (project_id, id)');
    await runner.query('CREATE INDEX job_part_of ON simulation.job (parent_id) WHERE parent_id IS NOT NULL');
    await runner.query(`
      CREATE TABLE simulation.result (
        job_id uuid PRIMARY KEY REFERENCES simulation.job (id) ON DELETE RESTRICT,
        body bytea NOT NULL,
        size_bytes integer NOT NULL CHECK (size_bytes = octet_length(body)),
        digest text NOT NULL CHECK (digest ~ '^sha256:[0-9a-f]{64}$'),
        algorithm text,
        key_id text,
        signature bytea,
        signed_at timestamptz,
        CONSTRAINT result_signature CHECK (num_nulls(algorithm, key_id, signature, signed_at) IN (0, 4))
      )`);
    await runner.query('CREATE INDEX result_unsigned ON simulation.result (job_id) WHERE signed_at IS NULL');
    await createShares(runner);
    await createIonqJobs(runner);
    await createPartResults(runner);
    await createArtifacts(runner);
    await storeAsTheyAre(runner);
    await createGuards(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE simulation.artifact');
    await runner.query('DROP TABLE simulation.part_result');
    await runner.query('DROP TABLE simulation.budget');
    await runner.query('DROP TABLE simulation.principal_share');
    await runner.query('DROP TABLE simulation.project_share');
    await runner.query('DROP TABLE simulation.ionq_job');
    await runner.query('DROP TABLE simulation.result');
    await runner.query('DROP TABLE simulation.job');
    await runner.query('DROP FUNCTION simulation.refuse_transition()');
    await runner.query('DROP FUNCTION simulation.refuse_resigning()');
    await runner.query('DROP SCHEMA simulation');
  }
}

/**
 * What the queue was given so far, in units of cost and in virtual time (docs/adr/0012-the-queue.md): `started` is where
 * the last claim began, `served` where it ends. Low priority has an account of its own. Rows are few and change with each
 * claim: with room on the page that costs no index entry, so nothing but the key is indexed.
 */
async function createShares(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE simulation.project_share (
      background boolean NOT NULL,
      project_id uuid NOT NULL REFERENCES rbac.project (id) ON DELETE RESTRICT,
      started bigint NOT NULL,
      served bigint NOT NULL CHECK (served > started),
      PRIMARY KEY (background, project_id)
    ) WITH (fillfactor = 50)`);
  await runner.query(`
    CREATE TABLE simulation.principal_share (
      background boolean NOT NULL,
      project_id uuid NOT NULL REFERENCES rbac.project (id) ON DELETE RESTRICT,
      principal_id uuid NOT NULL,
      started bigint NOT NULL,
      served bigint NOT NULL CHECK (served > started),
      PRIMARY KEY (background, project_id, principal_id)
    ) WITH (fillfactor = 50)`);
  // What a principal has spent and not yet been forgiven, at the time that stands beside it.
  await runner.query(`
    CREATE TABLE simulation.budget (
      principal_id uuid PRIMARY KEY,
      hour_units double precision NOT NULL CHECK (hour_units >= 0),
      day_units double precision NOT NULL CHECK (day_units >= 0),
      counted_at timestamptz NOT NULL
    ) WITH (fillfactor = 50)`);
}

/** What only clients of the IonQ-compatible door know of their jobs. Deleted there means hidden and emptied: the job stays. */
async function createIonqJobs(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE simulation.ionq_job (
      job_id uuid PRIMARY KEY REFERENCES simulation.job (id) ON DELETE RESTRICT,
      qubits integer NOT NULL CHECK (qubits >= 1),
      metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
      registers jsonb CHECK (jsonb_typeof(registers) = 'object'),
      circuit_ids uuid[],
      circuits jsonb CHECK (jsonb_typeof(circuits) = 'array'),
      deleted_at timestamptz,
      CONSTRAINT ionq_job_emptied CHECK (deleted_at IS NULL OR (metadata = '{}' AND registers IS NULL AND circuits IS NULL)),
      CONSTRAINT ionq_job_circuits CHECK (deleted_at IS NOT NULL OR coalesce(cardinality(circuit_ids), 0) = coalesce(jsonb_array_length(circuits), 0))
    )`);
  // Clients ask for each circuit of a job of several by an id of its own.
  await runner.query('CREATE INDEX ionq_job_circuit_ids ON simulation.ionq_job USING gin (circuit_ids) WHERE circuit_ids IS NOT NULL');
}

async function createJobs(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE simulation.job (
      id uuid PRIMARY KEY,
      project_id uuid NOT NULL REFERENCES rbac.project (id) ON DELETE RESTRICT,
      project_slug text NOT NULL,
      submitted_by uuid NOT NULL,
      name text,
      language text NOT NULL CHECK (language IN ('openqasm2', 'openqasm3')),
      source text NOT NULL,
      parameters jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(parameters) = 'object'),
      outputs jsonb NOT NULL DEFAULT '["counts"]' CHECK (jsonb_typeof(outputs) = 'array'),
      noise jsonb CHECK (jsonb_typeof(noise) = 'object'),
      program_digest text NOT NULL CHECK (program_digest ~ '^sha256:[0-9a-f]{64}$'),
      program_references text[] NOT NULL DEFAULT '{}',
      shots integer NOT NULL CHECK (shots >= 1),
      seed bigint NOT NULL CHECK (seed BETWEEN 0 AND 9007199254740991),
      method text NOT NULL CHECK (method ~ '^[a-z][a-z-]{0,63}$'),
      precision text NOT NULL CHECK (precision IN ('single', 'double')),
      qubits integer NOT NULL CHECK (qubits >= 0),
      memory_bytes bigint NOT NULL CHECK (memory_bytes >= 0),
      cost_units bigint NOT NULL CHECK (cost_units BETWEEN 1 AND 9007199254740991),
      priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high')),
      background boolean NOT NULL GENERATED ALWAYS AS (priority = 'low') STORED,
      deadline timestamptz,
      items jsonb CHECK (jsonb_typeof(items) = 'array'),
      item_count integer NOT NULL DEFAULT 1 CHECK (item_count >= 1),
      parts integer NOT NULL DEFAULT 0 CHECK (parts >= 0),
      parent_id uuid REFERENCES simulation.job (id) ON DELETE RESTRICT,
      first_item integer CHECK (first_item >= 0),
      first_shot integer CHECK (first_shot >= 0),
      status text NOT NULL CHECK (status IN ('queued', 'spread', 'running', 'signing', 'succeeded', 'failed', 'cancelled', 'done')),
      progress real NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
      cancel_requested boolean NOT NULL DEFAULT false,
      workers_lost integer NOT NULL DEFAULT 0,
      claim_token uuid,
      claimed_by text,
      lease_until timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      started_at timestamptz,
      finished_at timestamptz,
      error_code text,
      error_detail text,
      end_entry_id uuid,
      CONSTRAINT job_claim CHECK ((status = 'running') = (claim_token IS NOT NULL)),
      CONSTRAINT job_lease CHECK ((claim_token IS NULL) = (lease_until IS NULL)),
      CONSTRAINT job_end CHECK ((status IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
      CONSTRAINT job_entry CHECK ((status IN ('signing', 'succeeded', 'failed', 'cancelled')) = (end_entry_id IS NOT NULL)),
      CONSTRAINT job_part CHECK (num_nulls(parent_id, first_item, first_shot) IN (0, 3) AND (parent_id IS NULL OR parts = 0)
        AND CASE WHEN parent_id IS NULL THEN status <> 'done' ELSE status IN ('queued', 'running', 'done') END),
      CONSTRAINT job_parts CHECK (status <> 'spread' OR parts > 1),
      CONSTRAINT job_error CHECK ((status = 'failed') = (error_code IS NOT NULL))
    ) WITH (fillfactor = 80)`);
}

/** What parts gave, until it is merged: neither digested nor signed, and gone when the job ends. */
async function createPartResults(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE simulation.part_result (
      part_id uuid PRIMARY KEY REFERENCES simulation.job (id) ON DELETE RESTRICT,
      job_id uuid NOT NULL REFERENCES simulation.job (id) ON DELETE RESTRICT,
      body bytea NOT NULL,
      size_bytes integer NOT NULL CHECK (size_bytes = octet_length(body))
    )`);
  await runner.query('CREATE INDEX part_result_of_job ON simulation.part_result (job_id)');
}

/** What a job's artifact in the registry has that would be told otherwise another time; written once, when it is first pushed. */
async function createArtifacts(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE simulation.artifact (
      job_id uuid PRIMARY KEY REFERENCES simulation.job (id) ON DELETE RESTRICT,
      receipt bytea NOT NULL,
      drawing bytea
    )`);
}

/** Postgres would compress them, 10 MB a second, while their submitter waits: five times the room, a fifth of the time. */
async function storeAsTheyAre(runner: QueryRunner): Promise<void> {
  for (const [table, column] of [['result', 'body'], ['part_result', 'body'], ['job', 'source']]) {
    await runner.query(`ALTER TABLE simulation.${table} ALTER COLUMN ${column} SET STORAGE EXTERNAL`);
  }
}

async function createGuards(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE FUNCTION simulation.refuse_transition() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
    BEGIN
      IF (OLD.status, NEW.status) NOT IN (
        ('queued', 'running'), ('queued', 'failed'), ('queued', 'cancelled'), ('queued', 'done'),
        ('spread', 'queued'), ('spread', 'failed'), ('spread', 'cancelled'),
        ('running', 'queued'), ('running', 'signing'), ('running', 'failed'), ('running', 'cancelled'), ('running', 'done'),
        ('signing', 'succeeded')
      ) THEN
        RAISE EXCEPTION 'a job does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
      END IF;
      IF NEW.status = 'succeeded' AND NOT EXISTS (SELECT FROM simulation.result WHERE job_id = NEW.id AND signed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a job does not succeed before its result is signed' USING ERRCODE = 'check_violation';
      END IF;
      RETURN NEW;
    END $$`);
  await runner.query(`
    CREATE TRIGGER job_transition BEFORE UPDATE OF status ON simulation.job
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION simulation.refuse_transition()`);
  // A signature, once given, is what clients hold: it is never replaced.
  await runner.query(`
    CREATE FUNCTION simulation.refuse_resigning() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
    BEGIN
      RAISE EXCEPTION 'the result is signed already' USING ERRCODE = 'check_violation';
    END $$`);
  await runner.query(`
    CREATE TRIGGER result_signed_once BEFORE UPDATE ON simulation.result
    FOR EACH ROW WHEN (OLD.signed_at IS NOT NULL) EXECUTE FUNCTION simulation.refuse_resigning()`);
}

export const simulationGrants: Grants = [
  { on: 'SCHEMA simulation', app: 'USAGE', sequencer: 'USAGE', worker: 'USAGE' },
  {
    on: 'TABLE simulation.job',
    app: `SELECT, INSERT (id, project_id, project_slug, submitted_by, name, language, source, parameters, outputs, noise, program_digest, program_references, shots, seed,
      method, precision, qubits, memory_bytes, cost_units, priority, deadline, items, item_count, parts, parent_id, first_item, first_shot, status), UPDATE (status, cancel_requested, finished_at, end_entry_id)`,
    worker: `SELECT, UPDATE (status, progress, workers_lost, claim_token, claimed_by, lease_until, started_at, finished_at,
      error_code, error_detail, end_entry_id)`,
    sequencer: 'SELECT (id, status), UPDATE (status, finished_at)',
  },
  {
    on: 'TABLE simulation.ionq_job',
    app: 'SELECT, INSERT (job_id, qubits, metadata, registers, circuit_ids, circuits), UPDATE (metadata, registers, circuits, deleted_at)',
  },
  {
    on: 'TABLE simulation.result',
    app: 'SELECT',
    worker: 'INSERT (job_id, body, size_bytes, digest)',
    sequencer: 'SELECT (job_id, digest, signed_at), UPDATE (algorithm, key_id, signature, signed_at)',
  },
  { on: 'TABLE simulation.artifact', app: 'SELECT, INSERT (job_id, receipt, drawing)' },
  { on: 'TABLE simulation.project_share', worker: 'SELECT, INSERT, UPDATE (started, served)' },
  { on: 'TABLE simulation.principal_share', worker: 'SELECT, INSERT, UPDATE (started, served)' },
  { on: 'TABLE simulation.budget', app: 'SELECT, INSERT, UPDATE (hour_units, day_units, counted_at)' },
  { on: 'TABLE simulation.part_result', app: 'SELECT (job_id), DELETE', worker: 'SELECT, INSERT, DELETE' },
];
