/** What a data-flow diagram is made of. */
export type ElementKind = 'person' | 'process' | 'store';

export interface Element {
  readonly id: string;
  readonly kind: ElementKind;
  readonly name: string;
  readonly about: string;
}

export const ELEMENTS: readonly Element[] = [
  { id: 'E1', kind: 'person', name: 'people, browsers', about: 'log in by password, second factor or passkey' },
  { id: 'E2', kind: 'person', name: 'programs', about: 'clients of the API, of container registries and of Vault, with keys, secrets or certificates' },
  { id: 'E3', kind: 'person', name: 'operators', about: 'whoever runs the installation: settings, keys, commands' },
  { id: 'E4', kind: 'person', name: 'services outside', about: 'receivers of webhooks, mail, syslog, Alertmanager, traces; Vault, another Transit server' },
  { id: 'E5', kind: 'person', name: 'auditors, witnesses', about: 'whoever verifies the ledger, and the anchors it is laid down in' },
  { id: 'E6', kind: 'person', name: 'orchestrator', about: 'probes, and the scrapes of Prometheus' },
  { id: 'E7', kind: 'person', name: 'makers', about: 'authors, reviewers, packages, the machine that builds' },
  { id: 'P1', kind: 'process', name: 'api', about: 'a process with the role api: requests' },
  { id: 'P2', kind: 'process', name: 'ledger', about: 'a process with the role ledger: sequences, signs, detects, delivers, scrubs' },
  { id: 'P3', kind: 'process', name: 'worker', about: 'a process with the role worker, and the threads of every process: what is computed for others' },
  { id: 'P4', kind: 'process', name: 'commands', about: 'npm run …: migrate, backup, restore, seals, keys, recovery' },
  { id: 'D1', kind: 'store', name: 'Postgres', about: 'everything but blobs; four logins' },
  { id: 'D2', kind: 'store', name: 'blobs', about: 'content of the registry: files or a bucket' },
  { id: 'D3', kind: 'store', name: 'Redis', about: 'shared counters of rate limits, where there is one' },
  { id: 'D4', kind: 'store', name: 'settings, secrets', about: 'environment, files, the root key, rules of detection, anchors’ directory, backups' },
  { id: 'D5', kind: 'store', name: 'release', about: 'signed files, and the public keys that they are known by' },
];

export interface Boundary {
  readonly id: string;
  readonly name: string;
  /** Elements on its two sides, as lines of the diagram. */
  readonly flows: readonly (readonly [string, string])[];
  readonly about: string;
}

export const BOUNDARIES: readonly Boundary[] = [
  { id: 'B1', name: 'network and API', flows: [['E1', 'P1'], ['E2', 'P1']], about: 'every request, before it is known who asks' },
  { id: 'B2', name: 'principals and what belongs to others', flows: [['P1', 'P1']], about: 'who is known, and asks for something of somebody' },
  { id: 'B3', name: 'processes and Postgres', flows: [['P1', 'D1'], ['P2', 'D1'], ['P3', 'D1']], about: 'a login for each duty, over TLS' },
  { id: 'B4', name: 'processes and blobs', flows: [['P1', 'D2']], about: 'a directory, or an object store' },
  { id: 'B5', name: 'processes and Redis', flows: [['P1', 'D3']], about: 'counters, nothing else' },
  { id: 'B6', name: 'processes and services outside', flows: [['P2', 'E4']], about: 'what leaves, and what answers' },
  { id: 'B7', name: 'the ledger and who verifies it', flows: [['P2', 'E5']], about: 'checkpoints, tiles, receipts, anchors, exports' },
  { id: 'B8', name: 'processes and what they compute for others', flows: [['P1', 'P3'], ['P2', 'P3']], about: 'programs of users in threads and worker processes' },
  { id: 'B9', name: 'host, operators and processes', flows: [['E3', 'P4'], ['P4', 'D4'], ['P1', 'D4']], about: 'settings, keys, commands, backups, the machine itself' },
  { id: 'B10', name: 'management port', flows: [['E6', 'P1']], about: 'probes and metrics' },
  { id: 'B11', name: 'source and release', flows: [['E7', 'D5'], ['D5', 'P1']], about: 'what is run is what was written and looked at' },
];
