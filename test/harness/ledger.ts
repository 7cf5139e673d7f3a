import { randomBytes } from 'node:crypto';
import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import type { WitnessPolicy } from '#pure/transparency-log/witness-policy.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AuditLog, DenialJournal, LedgerReader, LedgerVerifier } from '#modules/audit/index.js';
import { Keyring, HouseKey } from '#modules/crypto/index.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import type { SequencerUnitOfWork, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { type Clock, SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import type { Anchor } from '../../src/modules/audit/attestation/anchor.js';
import { CheckpointPublisher } from '../../src/modules/audit/checkpoint-publisher.js';
import { LedgerGauges } from '../../src/modules/audit/ledger-gauges.js';
import { LogIdentity } from '../../src/modules/audit/log-identity.js';
import { AttestationRepository } from '../../src/modules/audit/persistence/attestation.repository.js';
import { AttestorRepository } from '../../src/modules/audit/persistence/attestor.repository.js';
import { EntryRepository } from '../../src/modules/audit/persistence/entry.repository.js';
import { SequencingRepository } from '../../src/modules/audit/persistence/sequencing.repository.js';
import { StandingRepository } from '../../src/modules/audit/persistence/standing.repository.js';
import { SubjectKeyRepository } from '../../src/modules/audit/persistence/subject-key.repository.js';
import { TreeRepository } from '../../src/modules/audit/persistence/tree.repository.js';
import { PersonalDataReader } from '../../src/modules/audit/privacy/personal-data-reader.js';
import { PersonalDataSealer } from '../../src/modules/audit/privacy/personal-data-sealer.js';
import { SubjectKeys } from '../../src/modules/audit/privacy/subject-keys.js';
import { Sequencer } from '../../src/modules/audit/sequencer.js';
import { KeyVersionRepository } from '../../src/modules/crypto/persistence/key-version.repository.js';
import { testAttestation, type TestAttestation } from './attestation.js';
import { unrecorded } from './keyring.js';
import { openTestDatabase, type TestDatabase, testServer } from './postgres.js';
import { testVerification, type TestVerification } from './verification.js';

/** The audit engine on a test database, wired by hand: one that a spec can take apart and break. */
export interface TestLedger extends TestVerification, TestAttestation {
  readonly log: AuditLog;
  readonly journal: DenialJournal;
  readonly sequencer: Sequencer;
  readonly publisher: CheckpointPublisher;
  readonly reader: LedgerReader;
  readonly verifier: LedgerVerifier;
  readonly keyring: Keyring;
  readonly gauges: LedgerGauges;
  readonly metrics: Metrics;
  readonly personalData: PersonalDataReader;
}

export interface LedgerParts {
  /** None unless told: the file that a server has by default would be one for all specs. */
  readonly anchors?: readonly Anchor[];
  readonly witnessPolicy?: WitnessPolicy;
  readonly clock?: Clock;
  readonly publicUrl?: string;
  /** Where two ledgers stand on one database they must share the root key. */
  readonly rootKey?: Buffer;
  /** Where the log's naming is recorded; nowhere unless told, so that a spec's leaves are those that it appends. */
  readonly namingLog?: Pick<AuditLog, 'append'>;
  readonly app?: UnitOfWork;
  readonly sequencerLogin?: SequencerUnitOfWork;
  /** A database of its own on the run's cluster unless told. */
  readonly database?: TestDatabase;
}

export function testLedger(database: TestDatabase, parts: LedgerParts = {}): TestLedger {
  const { namingLog = { append: () => Promise.resolve('') }, app = database.app, sequencerLogin = database.sequencer, clock = new SystemClock(), publicUrl = 'http://localhost:3000' } = parts;
  const randomness = new SystemRandomness();
  const metrics = new Metrics();
  const keyring = new Keyring({
    logins: { api: database.app, ledger: database.sequencer },
    rows: new KeyVersionRepository(),
    counters: new VersionCounters(),
    clock,
    randomness,
    onForeignRow: (row) => {
      throw new Error(`foreign key version ${row.id}`);
    },
  });
  keyring.unseal(HouseKey.takeOver(Buffer.from(parts.rootKey ?? randomBytes(32))), unrecorded);
  const [entries, tree, sequencing] = [new EntryRepository(), new TreeRepository(), new SequencingRepository()];
  const subjectKeys = new SubjectKeys(app, new SubjectKeyRepository(), keyring, clock, randomness);
  const identity = new LogIdentity(sequencerLogin, sequencing, { http: { publicUrl } } as ConstructorParameters<typeof LogIdentity>[2], namingLog);
  const log = new AuditLog(app, entries, clock, randomness, keyring, metrics, new PersonalDataSealer(subjectKeys));
  const outside = testAttestation({ sequencerLogin, keyring, log, metrics, clock, anchors: parts.anchors ?? [], witnessPolicy: parts.witnessPolicy ?? null });
  return {
    log,
    ...outside,
    journal: new DenialJournal(log, keyring, clock, metrics),
    personalData: new PersonalDataReader(subjectKeys),
    sequencer: new Sequencer(sequencerLogin, sequencing, tree, metrics, clock),
    publisher: new CheckpointPublisher(sequencerLogin, tree, sequencing, new AttestationRepository(), new AttestorRepository(), keyring, identity, outside.attestation.watch, outside.policy, clock),
    reader: new LedgerReader(app, entries, tree, keyring),
    verifier: new LedgerVerifier(app, tree, keyring),
    ...testVerification({ app, sequencerLogin, keyring, clock, randomness, log, metrics }),
    keyring,
    gauges: new LedgerGauges(sequencerLogin, new StandingRepository(), metrics, clock),
    metrics,
  };
}

/** A ledger on a database of its own, with the steps that its specs are told in. */
export interface LedgerScene extends TestLedger {
  readonly database: TestDatabase;
  readonly query: TestDatabase['query'];
  superuserUrlOf(databaseName: string): Promise<string>;
  event(over?: Partial<AuditEvent>): AuditEvent;
  /** So many deeds, one after another, each in a transaction of its own. Returns the entries' ids. */
  appendMany(deeds: number): Promise<string[]>;
  /** Small entries made in the database: `transactions` times `each`. For backlogs. */
  appendRaw(transactions: number, each?: number): Promise<void>;
  close(): Promise<void>;
}

const KIND = { code: 'spec.deed', classUid: 6003, activityId: 1, severityId: 1, description: 'A deed of a spec' };
const SPEC = systemPrincipal('spec');

export async function openLedgerScene(parts: LedgerParts = {}): Promise<LedgerScene> {
  const database = parts.database ?? (await openTestDatabase());
  const ledger = testLedger(database, parts);
  const event = (over: Partial<AuditEvent> = {}): AuditEvent => ({ kind: KIND, outcome: 'success', actor: SPEC, ...over });
  return {
    ...ledger,
    database,
    query: database.query,
    superuserUrlOf: async (name) => (await testServer()).superuserUrl(name),
    event,
    appendMany: async (deeds) => {
      const ids: string[] = [];
      for (let deed = 0; deed < deeds; deed += 1) ids.push(await database.app.run(SPEC, (tx) => ledger.log.append(tx, event())));
      return ids;
    },
    appendRaw: async (transactions, each = 1) => {
      const one = `PERFORM audit.append(gen_random_uuid(), convert_to('{"n":' || n || '}', 'UTF8')) FROM generate_series(1, ${each})`;
      await database.query(`DO $$ BEGIN FOR n IN 1..${transactions} LOOP ${one}; COMMIT; END LOOP; END $$`);
    },
    close: () => database.close(),
  };
}
