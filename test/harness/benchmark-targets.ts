/** What a figure of docs/benchmarks.md was meant to be. */
export interface Target {
  readonly about: string;
  /** The benchmark that prints it. */
  readonly section: string;
  /** Finds the figure, as its first group. */
  readonly line: RegExp;
  readonly bound: '≥' | '≤';
  readonly target: number;
  readonly unit: '×' | 's' | 'ms' | 'µs' | '/s' | 'bytes' | 'hashes' | 'reads' | 'MiB';
  /** Where the time goes, and what would be tried next; of what is met, null. */
  readonly next: string | null;
}

const NUMBER = '([\\d.]+)';
const after = (start: string): RegExp => new RegExp(`^ *${start.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')} +${NUMBER}`, 'm');
/** The n-th number of a row that begins with a name. */
const column = (name: string, n: number): RegExp => new RegExp(`^${name} +(?:[\\d.]+ +){${n - 1}}${NUMBER}`, 'm');


const AUDIT = 'src/modules/audit/audit.bench.ts';
const TREE = 'src/modules/audit/audit-tree.bench.ts';
const TRANSIT = 'src/modules/crypto/transit/transit.bench.ts';
const LIST = 'src/modules/rbac/filtered-list.bench.ts';
const POLICY = 'src/modules/rbac/subject-policy.bench.ts';
const CHAIN = 'test/bench/chain.bench.ts';
const DENSE = 'src/modules/simulation/worker/dense.bench.ts';
const SMALL = 'test/bench/small-circuits.bench.ts';
const REGISTRY = 'src/modules/registry/registry.bench.ts';
const START = 'test/bench/start.bench.ts';

const ONE_THREAD = 'One thread does HTTP, the engine and the ledger, and the deed waits for Postgres to be durable. Next: sequencer, search index and detection in a thread of their own.';
const ROUND_TRIPS = 'What is left is the database, asked one thing after another (the section of http-latency). Next: claim and end of a short job in the statement that submits it.';

/** All of them, in the order of the product. A test of docs/benchmarks.md holds the table against the figures below it. */
export const TARGETS: readonly Target[] = [
  { about: 'first start, on an empty directory', section: START, line: after('first start, on an empty directory'), bound: '≤', target: 15, unit: 's', next: null },
  { about: 'later start', section: START, line: after('later start, median of 5'), bound: '≤', target: 5, unit: 's', next: null },

  { about: 'a deed with its entry, over the same deed without', section: AUDIT, line: after('over the same deed without a record'), bound: '≥', target: 0.65, unit: '×', next: 'The second row with its function and index in Postgres; one statement, binary bodies and a pipelined commit were tried. Next: entries of one commit group in one call.' },
  { about: 'a deed with its entry, over a single insert', section: AUDIT, line: after('over the limit'), bound: '≥', target: 0.5, unit: '×', next: 'The same: a transaction of several statements beside one autocommit.' },
  { about: 'group commit of events without a deed, over one transaction each', section: AUDIT, line: after('over one transaction each'), bound: '≥', target: 1.8, unit: '×', next: 'Where a sync takes microseconds, as on the disk of this run, a commit of one’s own costs no more than a shared one, and the group has one writer; on a disk that syncs in a millisecond it was 2.2. Next: a second writer while the first one’s commit is under way.' },
  { about: 'sequencer', section: AUDIT, line: /sequencer, a backlog of \d+ entries +([\d.]+)/, bound: '≥', target: 3000, unit: '/s', next: null },
  { about: 'commit to checkpoint at 500 events a second, p99', section: AUDIT, line: /p99 of \d+ +([\d.]+)/, bound: '≤', target: 2, unit: 's', next: null },
  { about: 'a proof in a million entries, hashes', section: TREE, line: /hashes, at most +([\d.]+)/, bound: '≤', target: 21, unit: 'hashes', next: null },
  { about: 'a proof in a million entries, tiles read', section: TREE, line: /tiles read, at most +([\d.]+)/, bound: '≤', target: 8, unit: 'reads', next: null },
  { about: 'the ledger over the bodies, an entry', section: TREE, line: /over bodies of \d+ bytes, an entry +([\d.]+)/, bound: '≤', target: 350, unit: 'bytes', next: null },

  { about: 'encrypt 1 KiB, nothing recorded, over bare Fastify', section: TRANSIT, line: after('over bare Fastify'), bound: '≥', target: 0.4, unit: '×', next: 'On a machine a third as fast it was 0.40: what grew with the processor is bare Fastify, more than our turns between the request and the database’s word about its session. About a tenth is the price of wiping each body once it was read. Next: small bodies in one buffer that is wiped as a whole.' },
  { about: 'encrypt 1 KiB, recorded, over the group commit', section: TRANSIT, line: after('over the group commit'), bound: '≥', target: 0.6, unit: '×', next: ONE_THREAD },
  { about: 'a batch of 100, over raw node:crypto', section: TRANSIT, line: after('over raw node:crypto'), bound: '≥', target: 0.35, unit: '×', next: 'With nothing recorded it is 0.30: HTTP, JSON and base64 of a hundred texts are on the one thread. Next: batches of a hundred in the threads that take larger ones.' },
  { about: 'reading a key of 1,000 versions, over one of 10', section: TRANSIT, line: after('reading a key of 1,000 versions, over one of 10'), bound: '≥', target: 0.8, unit: '×', next: null },
  { about: 'the longest turn of the event loop by an operation', section: 'src/modules/crypto/transit/loop-stall.bench.ts', line: /the worst: .*? {2,}([\d.]+)/, bound: '≤', target: 5, unit: 'ms', next: null },

  { about: 'the whole chain before an unaudited read, over Nest on Fastify', section: CHAIN, line: after('over the limit'), bound: '≥', target: 0.4, unit: '×', next: 'A flat profile: the largest of ours is a twenty-fifth (hashes of the token). A quarter of the time it waits, since the load and the database’s answer about the session want the same two cores; on a slower machine it was 0.43. Next: the chain as one function, made for each route at the start.' },
  { about: 'an audited read, over the group commit', section: CHAIN, line: after('over the group commit'), bound: '≥', target: 0.6, unit: '×', next: ONE_THREAD },
  { about: 'a decision on a warm ability', section: POLICY, line: after('decision on a warm ability'), bound: '≤', target: 5, unit: 'µs', next: null },
  { about: 'a decision under conditions: an allow of five tests, a deny of one', section: POLICY, line: after('decision under conditions: an allow of five tests, a deny of one'), bound: '≤', target: 5, unit: 'µs', next: 'Not profiled: six tests beside one look-up. Next: conditions compiled when the ability is made.' },
  { about: 'an ability of 60 rules, made and asked', section: POLICY, line: after('ability of 60 rules, made and asked once'), bound: '≤', target: 100, unit: 'µs', next: null },
  ...['a project', 'everything', 'everything but a project', 'conditions, two projects and a deny'].map((list) => ({ about: `a list of 100,000 rows by policy, over the same by hand: ${list}`, section: LIST, line: after(`${list}: × the statement by hand`), bound: '≤' as const, target: 1.3, unit: '×' as const, next: null })),

  { about: 'client_credentials with ES256, over oidc-provider', section: 'test/bench/client-credentials.bench.ts', line: /^ours, session and ledger entry.*?\d\/s +([\d.]+)/m, bound: '≥', target: 2, unit: '×', next: 'Ours writes a session and an entry of the ledger in a transaction that is durable; it keeps a Map. Next: sessions of programs in the entry alone, looked up by its id.' },
  { about: 'an authenticated read, its signature known, over Nest on Fastify', section: CHAIN, line: after('over the limit'), bound: '≥', target: 0.6, unit: '×', next: 'The same figure as of the whole chain, of which authentication is a part: rate limits, headers, policy and validation are the rest. Next: the chain as one function, made for each route at the start.' },
  { about: 'an authentication whose signature is new, over one bare ES256 verification', section: 'src/modules/auth/authenticate.bench.ts', line: /^signature never seen.*?\d\/s +([\d.]+)/m, bound: '≥', target: 0.8, unit: '×', next: 'The limit is the same verification alone; ours has the parsing, two hashes and the lookup of the session on the same thread. Next: several that wait are verified by threads.' },
  { about: 'liveness while 50 log in at once, p99', section: 'src/modules/auth/parallel-logins.bench.ts', line: /^liveness, while 50.*?p99 +([\d.]+)/m, bound: '≤', target: 200, unit: 'ms', next: null },

  ...(
    [['rand24', 0.48], ['rand22', 0.11], ['rand20', 0.041], ['qft22', 0.025], ['qaoa20', 0.011], ['ghz24', 0.0011], ['grover12', 0.007]] as const
  ).map(([circuit, target]) => ({ about: `${circuit}, two threads, parse to counts`, section: DENSE, line: column(circuit, 3), bound: '≤' as const, target, unit: 's' as const, next: 'Held back by the passes over memory and the rotations in a lane.' })),
  { about: 'grover22 by the method that is chosen', section: 'src/modules/simulation/run-time.bench.ts', line: /^grover22 +\S+ +\d+ +[\d.]+ +([\d.]+)/m, bound: '≤', target: 0.058, unit: 's', next: 'The sparse engine’s map.' },
  ...['rand24', 'rand22', 'qftr22', 'qft22', 'grover22'].map((circuit) => ({ about: `${circuit}, two threads over one`, section: DENSE, line: column(circuit, 4), bound: '≥' as const, target: 1.7, unit: '×' as const, next: 'What is no pass over the state (parsing, planning, drawing, counting) is one thread’s, and a fifth of these runs. Next: draws by both.' })),
  ...['bell', 'ghz5', 'qft8', 'qft12', 'grover12', 'teleport', 'rand12'].flatMap((circuit) => [
    { about: `${circuit} in the engine`, section: SMALL, line: after(`${circuit} in the engine`), bound: '≤' as const, target: 5, unit: 'ms' as const, next: 'Passes over the state are a sixth of it (the section of dense); the rest is parsing and planning. Next: plans that are kept across jobs.' },
    { about: `${circuit} through HTTP`, section: SMALL, line: after(`${circuit} through HTTP`), bound: '≤' as const, target: 25, unit: 'ms' as const, next: ROUND_TRIPS },
  ]),
  { about: 'cliff1000, 1,000 shots, in the engine', section: SMALL, line: after('cliff1000 in the engine'), bound: '≤', target: 30, unit: 'ms', next: 'A program is parsed when it is submitted and again when it is run. Next: parsed once.' },

  { about: 'push of 256 MiB, over docker-registry', section: REGISTRY, line: /^push 256 MiB.*?ratio ([\d.]+)/m, bound: '≥', target: 1.5, unit: '×', next: 'HTTP and the hash share a thread.' },
  { about: 'push of 256 MiB, over hash, write and fsync alone', section: REGISTRY, line: /^push 256 MiB.*ratio ([\d.]+)/m, bound: '≥', target: 0.8, unit: '×', next: 'HTTP is received by the thread that hashes. Next: the hash on a thread of its own, where there are four cores or more.' },
  { about: 'pull of 256 MiB, over docker-registry', section: REGISTRY, line: /^pull 256 MiB.*?ratio ([\d.]+)/m, bound: '≥', target: 0.8, unit: '×', next: null },
  { about: 'GET of a manifest, over docker-registry', section: REGISTRY, line: /^manifest GET.*?ratio ([\d.]+)/m, bound: '≥', target: 2, unit: '×', next: null },
  { about: 'HEAD of a manifest, over docker-registry', section: REGISTRY, line: /^manifest HEAD.*?ratio ([\d.]+)/m, bound: '≥', target: 2, unit: '×', next: null },
  { about: 'blobs of 16 KiB by 8 clients, over docker-registry', section: REGISTRY, line: /^16 KiB blobs.*?ratio ([\d.]+)/m, bound: '≥', target: 1, unit: '×', next: null },
  ...['push', 'pull'].map((way) => ({ about: `memory over idle, while 8 clients ${way} 1 GiB each`, section: REGISTRY, line: new RegExp(`^8 clients ${way}.*? +([\\d.]+) MiB over`, 'm'), bound: '≤' as const, target: 100, unit: 'MiB' as const, next: null })),
];

export interface Told {
  readonly measured: number | null;
  readonly isMet: boolean | null;
}

/** @param sections what stands under each benchmark's title. */
export function hold({ section, line, bound, target }: Target, sections: ReadonlyMap<string, string>): Told {
  const found = line.exec(sections.get(section) ?? '')?.[1];
  if (found === undefined) return { measured: null, isMet: null };
  const measured = Number(found);
  return { measured, isMet: bound === '≥' ? measured >= target : measured <= target };
}

/** The table at the head of docs/benchmarks.md. */
export function renderTargets(sections: ReadonlyMap<string, string>): string {
  const rows = TARGETS.map((target) => ({ ...target, ...hold(target, sections) }));
  const count = (isMet: boolean | null): number => rows.filter((row) => row.isMet === isMet).length;
  const verdict = (isMet: boolean | null): string => (isMet === null ? 'not measured' : isMet ? 'met' : '**missed**');
  return [
    `${rows.length} targets: ${count(true)} met, ${count(false)} missed${count(null) === 0 ? '' : `, ${count(null)} not measured`}. The figures are those of the sections below, on the machine that is named above; both sides of a ratio have the same work, caches and cores.`,
    '',
    '| what | target | measured |  | where the time goes, and what is next |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(({ about, bound, target, unit, measured, isMet, next }) => `| ${about} | ${bound} ${target} ${unit} | ${measured === null ? '–' : `${measured} ${unit}`} | ${verdict(isMet)} | ${isMet === false ? (next ?? 'Not looked into: it was met before.') : ''} |`),
    '',
    'Seconds of simulated circuits are those of the machine that the targets were found on, beside qsim with AVX-512 and its best fusion; here they are compared as they are.',
    '',
  ].join('\n');
}
