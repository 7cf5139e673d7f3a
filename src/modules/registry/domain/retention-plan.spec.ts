import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MANIFEST_STATES } from './manifest-state.js';
import { batchesOf, settle, type Surroundings } from './retention-batch.js';
import type { RetainableManifest, RetainableRepository, RetainableTag } from './retention-holdings.js';
import { type DoomedUnit, planRetention, type RetentionPlan, type RetentionTerms } from './retention-plan.js';
import { flawOf, nameInProject, type RetentionRule } from './retention-rule.js';
import { subjectPrefixOfTag } from './evidence.js';

const SEED = 20261123;
const RUNS = { seed: SEED, numRuns: 1_000 };
const DAY = 24 * 60 * 60 * 1000;
const NOW = 1_000 * DAY;
const GRACE = DAY / 2;

const digestOf = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`;
const asTag = (digest: string, ending: string): string => `${digest.replace(':', '-')}${ending}`;
const RULE: RetentionRule = { repositories: ['*'], tags: ['*'], keepAll: false, keepLatestPushed: null, keepLatestPulled: null, keepPushedWithinDays: null, keepPulledWithinDays: null, untaggedAfterDays: null };

interface Sketch extends Partial<Omit<RetainableManifest, 'digest' | 'subject' | 'parts'>> {
  readonly subject?: number;
  readonly parts?: readonly number[];
  readonly tags?: readonly string[];
  readonly daysAgo?: number;
  readonly pulledDaysAgo?: number;
}

/** The n-th of them has the digest n. */
function repositoryOf(sketches: readonly Sketch[], name = 'red/app'): RetainableRepository {
  const manifests = sketches.map(({ subject, parts, tags: _, daysAgo = 100, pulledDaysAgo, ...over }, n) => ({
    digest: digestOf(n), state: 'quarantined' as const, isEvidence: false, isIndex: parts !== undefined, untaggedMillis: null, askedMillis: null, stamp: `as planned ${n}`,
    subject: subject === undefined ? null : digestOf(subject), parts: (parts ?? []).map(digestOf), pushedMillis: NOW - daysAgo * DAY, pulledMillis: pulledDaysAgo === undefined ? null : NOW - pulledDaysAgo * DAY, ...over,
  }));
  const tags = sketches.flatMap(({ tags: names = [], daysAgo = 100 }, n) => names.map((tag) => ({ name: tag, digest: digestOf(n), version: 1, movedMillis: NOW - daysAgo * DAY })));
  return { name, manifests, tags };
}

const termsOf = (...rules: readonly Partial<RetentionRule>[]): RetentionTerms => ({ rules: rules.map((rule) => ({ ...RULE, ...rule })), immutableTags: [], graceMillis: GRACE, nowMillis: NOW });
const goneOf = ({ units }: Pick<RetentionPlan, 'units'>): readonly number[] => units.flatMap(({ manifests }) => manifests.map(({ digest }) => Number.parseInt(digest.slice(7), 16))).sort((a, b) => a - b);
const goneTagsOf = ({ units }: Pick<RetentionPlan, 'units'>): readonly string[] => units.flatMap(({ tags }) => tags.map(({ name }) => name)).sort();
const keptBy = (plan: RetentionPlan, n: number): string | undefined => plan.keptManifests.get(digestOf(n));

describe('the rules about tags', () => {
  const ages = repositoryOf([0, 1, 2, 3, 4].map((n) => ({ tags: [`v${n}`], daysAgo: n * 10 + 1, ...(n > 2 ? { pulledDaysAgo: n } : {}) })));

  it('keep so many that were pushed last, and let the others go with their manifests', () => {
    const plan = planRetention(ages, termsOf({ keepLatestPushed: 2 }));
    assert.deepEqual([goneTagsOf(plan), goneOf(plan)], [['v2', 'v3', 'v4'], [2, 3, 4]]);
    assert.equal(plan.keptTags.get('v1'), 'latest-pushed');
    assert.ok(plan.units.every(({ manifests }) => manifests.every(({ reason }) => reason === 'tags-expired')));
  });

  it('keep so many that were pulled last, and none for it that never was', () => {
    assert.deepEqual(goneTagsOf(planRetention(ages, termsOf({ keepLatestPulled: 3 }))), ['v0', 'v1', 'v2']);
    assert.deepEqual(goneTagsOf(planRetention(ages, termsOf({ keepLatestPulled: 1 }))), ['v0', 'v1', 'v2', 'v4']);
  });

  it('keep what was pushed, or pulled, within so many days', () => {
    assert.deepEqual(goneTagsOf(planRetention(ages, termsOf({ keepPushedWithinDays: 21 }))), ['v2', 'v3', 'v4']);
    assert.deepEqual(goneTagsOf(planRetention(ages, termsOf({ keepPushedWithinDays: 22 }))), ['v3', 'v4']);
    assert.deepEqual(goneTagsOf(planRetention(ages, termsOf({ keepPulledWithinDays: 4 }))), ['v0', 'v1', 'v2', 'v4']);
  });

  it('keep what any condition of any of them holds for', () => {
    assert.deepEqual(goneTagsOf(planRetention(ages, termsOf({ keepLatestPushed: 1, keepPulledWithinDays: 4 }, { tags: ['v2'], keepAll: true }))), ['v1', 'v4']);
  });

  it('say nothing of other tags and other repositories', () => {
    const plan = planRetention(ages, termsOf({ tags: ['v*4', 'nightly'], keepPushedWithinDays: 1 }));
    assert.deepEqual(goneTagsOf(plan), ['v4']);
    assert.equal(plan.keptTags.get('v3'), 'no-rule');
    assert.deepEqual(goneTagsOf(planRetention(ages, termsOf({ repositories: ['nightly/*', 'ap'], keepPushedWithinDays: 1 }))), []);
    assert.deepEqual(goneTagsOf(planRetention({ ...ages, name: 'red/nightly/app' }, termsOf({ repositories: ['nightly/*'], keepPushedWithinDays: 1 }))).length, 5);
    assert.deepEqual([nameInProject('app'), nameInProject('red/a/b')], ['app', 'a/b']);
  });

  it('count images and not their names, and a push of the same image as one', () => {
    const plan = planRetention(repositoryOf([{ tags: ['a', 'b', 'c'], daysAgo: 1 }, { tags: ['d'], daysAgo: 2 }, { tags: ['e'], daysAgo: 3 }]), termsOf({ keepLatestPushed: 2 }));
    assert.deepEqual(goneTagsOf(plan), ['e']);
    const again = repositoryOf([{ tags: ['old'], daysAgo: 90 }]);
    assert.deepEqual(goneOf(planRetention({ ...again, manifests: [{ ...again.manifests[0]!, pushedMillis: NOW - 2 * DAY }] }, termsOf({ keepPushedWithinDays: 3 }))), []);
  });

  it('take a pull of a part for one of the index', () => {
    const index = [{ pulledDaysAgo: 1 }, { parts: [0], tags: ['v1'] }];
    assert.deepEqual(goneOf(planRetention(repositoryOf(index), termsOf({ keepPulledWithinDays: 2 }))), []);
    assert.deepEqual(goneOf(planRetention(repositoryOf(index), termsOf({ keepPulledWithinDays: 1 }))), [0, 1]);
  });

  it('let one tag go where another keeps the manifest', () => {
    const plan = planRetention(repositoryOf([{ tags: ['v1', 'nightly-1'] }]), termsOf({ tags: ['nightly-*'], keepPushedWithinDays: 1 }));
    assert.deepEqual([goneTagsOf(plan), goneOf(plan), keptBy(plan, 0)], [['nightly-1'], [], 'tag']);
  });

  it('are refused when they keep nothing of what they speak of, or speak of nothing', () => {
    assert.equal(flawOf({ ...RULE })?.field, '');
    assert.equal(flawOf({ ...RULE, untaggedAfterDays: 1 })?.field, '');
    assert.equal(flawOf({ ...RULE, tags: [], keepAll: true })?.field, 'tags');
    assert.equal(flawOf({ ...RULE, tags: [] })?.field, '');
    assert.equal(flawOf({ ...RULE, keepLatestPushed: 1 }), null);
    assert.equal(flawOf({ ...RULE, tags: [], untaggedAfterDays: 1 }), null);
  });
});

describe('what has no tag', () => {
  it('goes when nobody has pushed or pulled it, and no tag has left it, for so long; the longest of the rules', () => {
    const of = (over: Sketch) => goneOf(planRetention(repositoryOf([{ daysAgo: 10, ...over }]), termsOf({ tags: [], untaggedAfterDays: 5 }, { tags: [], untaggedAfterDays: 10 })));
    assert.deepEqual(of({}), [0]);
    assert.deepEqual(of({ daysAgo: 9 }), []);
    assert.deepEqual(of({ pulledDaysAgo: 9 }), []);
    assert.deepEqual(of({ untaggedMillis: NOW - 9 * DAY }), []);
  });

  it('stays where no rule speaks of it', () => {
    assert.equal(keptBy(planRetention(repositoryOf([{}]), termsOf({ keepPushedWithinDays: 1 })), 0), 'no-rule');
  });

  it('is what says something about an image that is not here, whatever its tag', () => {
    const orphans = [{ isEvidence: true, subject: 99 }, { isEvidence: true, tags: [asTag(digestOf(98), '.sig')] }];
    assert.deepEqual(goneOf(planRetention(repositoryOf(orphans), termsOf({ tags: [], untaggedAfterDays: 5 }))), [0, 1]);
    assert.deepEqual(goneOf(planRetention(repositoryOf(orphans), termsOf({ keepPushedWithinDays: 1 }))), []);
  });
});

describe('what belongs together', () => {
  const SIGNED: readonly Sketch[] = [
    { tags: ['v1'] },
    { isEvidence: true, subject: 0 },
    { isEvidence: true, tags: [asTag(digestOf(0), '.sig')] },
    { parts: [1], tags: [asTag(digestOf(0), '')] },
    { isEvidence: true, subject: 1 },
  ];

  it('is kept with what is kept: parts of an index, signatures by subject and by tag, the list of referrers', () => {
    const plan = planRetention(repositoryOf([...SIGNED, { parts: [0], tags: ['index'] }]), termsOf({ tags: ['v1'], keepPushedWithinDays: 1 }, { tags: [], untaggedAfterDays: 1 }));
    assert.deepEqual([goneTagsOf(plan), goneOf(plan)], [['v1'], []]);
    assert.deepEqual([0, 1, 2].map((n) => keptBy(plan, n)), ['index', 'subject', 'subject']);
  });

  it('goes with what goes, in one unit', () => {
    const { units } = planRetention(repositoryOf(SIGNED), termsOf({ keepPushedWithinDays: 1 }));
    assert.equal(units.length, 1);
    assert.deepEqual([goneOf({ units }), units[0]!.tags.length], [[0, 1, 2, 3, 4], 3]);
  });

  it('stays when it was pushed within the grace, and then keeps what it is about', () => {
    const plan = planRetention(repositoryOf([{ tags: ['v1'] }, { isEvidence: true, subject: 0, daysAgo: 0 }]), termsOf({ keepPushedWithinDays: 1 }));
    assert.deepEqual([goneOf(plan), keptBy(plan, 0)], [[], 'grace']);
  });

  it('stays when somebody was just told that it is there, and so does what holds it when that is about it', () => {
    const asked = { askedMillis: NOW - GRACE / 2 };
    const gone = (of: readonly Sketch[]) => goneOf(planRetention(repositoryOf(of), termsOf({ keepPushedWithinDays: 1 })));
    assert.deepEqual(gone([asked, { parts: [0], tags: ['v1'] }]), [1]);
    assert.deepEqual(gone([{ askedMillis: NOW - GRACE }, { parts: [0], tags: ['v1'] }]), [0, 1]);
    assert.deepEqual(gone([{ tags: ['v1'] }, { isEvidence: true, subject: 0, ...asked }]), []);
  });

  it('is an image like any other when it can be run, under whatever tag', () => {
    assert.deepEqual(goneOf(planRetention(repositoryOf([{ tags: ['v1'] }, { tags: [asTag(digestOf(0), '.sig')] }]), termsOf({ tags: ['sha256-*'], keepPushedWithinDays: 1 }))), [1]);
  });

  it('stays where nobody has let it go, though it hangs together only with itself', () => {
    const ring = [{ isEvidence: true, tags: [asTag(digestOf(1), '.sig')] }, { isEvidence: true, tags: [asTag(digestOf(0), '.sig')] }];
    assert.deepEqual(goneOf(planRetention(repositoryOf(ring), termsOf({ keepPushedWithinDays: 1 }, { tags: [], untaggedAfterDays: 1 }))), []);
  });

  it('goes with the last of the indexes that name it', () => {
    const { units } = planRetention(repositoryOf([{}, { parts: [0], tags: ['a'], daysAgo: 50 }, { parts: [0], tags: ['b'], daysAgo: 40 }]), termsOf({ keepPushedWithinDays: 1 }));
    assert.deepEqual(units.map((unit) => goneOf({ units: [unit] })), [[1], [0, 2]]);
  });
});

const MANIFESTS_MAX = 9;
const someDays = fc.constantFrom(0.4, 0.6, 3, 5, 8, 20, 40, 60, 90);
const aSketch = fc.record({
  state: fc.oneof({ weight: 15, arbitrary: fc.constantFrom('quarantined' as const, 'verified' as const) }, { weight: 1, arbitrary: fc.constantFrom(...MANIFEST_STATES) }),
  isEvidence: fc.boolean(),
  subject: fc.option(fc.nat(MANIFESTS_MAX), { nil: undefined, freq: 2 }),
  parts: fc.option(fc.array(fc.nat(MANIFESTS_MAX), { maxLength: 3 }), { nil: undefined, freq: 2 }),
  tags: fc.array(fc.oneof(fc.constantFrom('v', 'nightly', 'latest'), fc.tuple(fc.nat(MANIFESTS_MAX), fc.constantFrom('', '.sig', '.x')).map(([n, ending]) => asTag(digestOf(n), ending))), { maxLength: 2 }),
  daysAgo: someDays,
  pulledDaysAgo: fc.option(someDays, { nil: undefined, freq: 2 }),
  untaggedMillis: fc.option(someDays.map((days) => NOW - days * DAY)),
  askedMillis: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: someDays.map((days) => NOW - days * DAY) }),
});
/** Tags have a name each; what an index names, and what something is about, was there before it. */
const aRepository = fc.array(aSketch, { minLength: 1, maxLength: MANIFESTS_MAX }).map((sketches) =>
  repositoryOf(sketches.map(({ subject, parts, tags, pulledDaysAgo, ...rest }, n) => ({
    ...rest,
    tags: tags.map((tag, k) => (tag.startsWith('sha256') ? `${tag}${tag.includes('.') ? `${n}${k}` : `.${n}${k}`}` : `${tag}-${n}-${k}`)),
    ...(pulledDaysAgo === undefined ? {} : { pulledDaysAgo }),
    ...(subject === undefined || (subject >= n && subject < sketches.length) ? {} : { subject }),
    ...(parts === undefined ? {} : { parts: parts.filter((part) => part < n || part >= sketches.length), isEvidence: false }),
  }))));
const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 2 });
const days = sometimes(fc.constantFrom(1, 4, 7, 30));
const aRule = fc.record({
  repositories: fc.constantFrom(['*'], ['*'], ['*'], ['app'], ['other']),
  tags: fc.constantFrom(['*'], ['v-*'], ['nightly-*', 'latest-*'], ['sha256-*'], []),
  keepAll: fc.constantFrom(...Array.from({ length: 9 }, () => false), true),
  keepLatestPushed: sometimes(fc.integer({ min: 1, max: 3 })),
  keepLatestPulled: sometimes(fc.integer({ min: 1, max: 3 })),
  keepPushedWithinDays: days,
  keepPulledWithinDays: days,
  untaggedAfterDays: days,
}).filter((rule) => flawOf(rule) === null);
const someTerms = fc.record({ rules: fc.array(aRule, { minLength: 1, maxLength: 3 }), immutableTags: fc.constantFrom([], [], [], ['latest-*'], ['sha256-*']), graceMillis: fc.constantFrom(GRACE, GRACE, 0), nowMillis: fc.constant(NOW) });

const without = ({ name, manifests, tags }: RetainableRepository, units: readonly DoomedUnit[]): RetainableRepository => {
  const gone = new Set(units.flatMap((unit) => unit.manifests.map(({ digest }) => digest)));
  const untagged = new Set(units.flatMap((unit) => unit.tags.map((tag) => tag.name)));
  return { name, manifests: manifests.filter(({ digest }) => !gone.has(digest)), tags: tags.filter((tag) => !untagged.has(tag.name)) };
};
/** What the database would say about a batch when nothing has changed since the plan. */
const around = ({ manifests, tags }: RetainableRepository, units: readonly DoomedUnit[], changed: string | null = null): Surroundings => {
  const going = new Set(units.flatMap((unit) => unit.manifests.map(({ digest }) => digest)));
  return {
    stamps: new Map(manifests.map(({ digest, stamp }) => [digest, digest === changed ? 'changed' : stamp])),
    tagVersions: new Map(tags.map(({ name, version }) => [name, version])),
    tags: tags.filter(({ digest }) => going.has(digest)),
    indexes: manifests.flatMap(({ digest, parts }) => parts.filter((part) => going.has(part)).map((part) => ({ part, index: digest }))),
    referrers: manifests.flatMap(({ digest, subject }) => (subject !== null && going.has(subject) ? [{ about: subject, digest }] : [])),
    there: new Set(manifests.map(({ digest }) => digest)),
  };
};
const stayingTogether = ({ manifests, tags }: RetainableRepository, kept: ReadonlyMap<string, unknown>): void => {
  const isHere = new Set(manifests.map(({ digest }) => digest));
  for (const { digest, parts, subject } of manifests) {
    if (kept.has(digest)) assert.ok(parts.every((part) => kept.has(part) || !isHere.has(part)), 'a part of an index that stays');
    if (subject !== null && kept.has(subject)) assert.ok(kept.has(digest), 'what is about a manifest that stays');
  }
  for (const { name, digest } of tags) {
    const { isEvidence, isIndex } = manifests.find((manifest) => manifest.digest === digest)!;
    const about = isEvidence || isIndex ? subjectPrefixOfTag(name) : null;
    if (about !== null && kept.has(about)) assert.ok(kept.has(digest), 'what is about a manifest that stays, by its tag');
  }
};

describe(`what retention promises (seed ${SEED})`, () => {
  const holds = (what: (repository: RetainableRepository, terms: RetentionTerms, plan: RetentionPlan) => void): void =>
    fc.assert(fc.property(aRepository, someTerms, (repository, terms) => what(repository, terms, planRetention(repository, terms))), RUNS);

  it('lets things go, and keeps things, in the cases that are looked at', () => {
    const seen = { gone: 0, kept: 0, together: 0 };
    holds(({ manifests }, _, plan) => {
      seen.gone += goneOf(plan).length;
      seen.kept += manifests.length - goneOf(plan).length;
      seen.together += plan.units.filter((unit) => unit.manifests.length > 1).length;
    });
    assert.ok(seen.gone > 300 && seen.kept > 300 && seen.together > 50, JSON.stringify(seen));
  });

  it('never takes what somebody decided about, what is immutable, or what was pushed within the grace', () => {
    holds(({ manifests, tags }, { immutableTags, graceMillis }, plan) => {
      const tagsGone = new Set(goneTagsOf(plan));
      for (const { digest, state, pushedMillis, askedMillis } of manifests) {
        const isDecided = state !== 'quarantined' && state !== 'verified';
        if (!isDecided && NOW - Math.max(pushedMillis, askedMillis ?? 0) >= graceMillis) continue;
        assert.ok(plan.keptManifests.has(digest));
        if (isDecided || NOW - pushedMillis < graceMillis) assert.ok(tags.filter((tag) => tag.digest === digest).every(({ name }) => !tagsGone.has(name)));
      }
      for (const { name, digest } of tags) if (immutableTags.some((pattern) => name.startsWith(pattern.slice(0, -1)))) assert.ok(plan.keptTags.has(name) && plan.keptManifests.has(digest));
    });
  });

  it('keeps every manifest that an index which is kept names, and all that is about what is kept', () => {
    holds((repository, _, plan) => stayingTogether(repository, plan.keptManifests));
  });

  it('decides about everything once, and takes a tag with its manifest', () => {
    holds(({ manifests, tags }, _, plan) => {
      const gone = plan.units.flatMap((unit) => unit.manifests.map(({ digest }) => digest));
      const goneTags = plan.units.flatMap((unit) => unit.tags.map(({ name }) => name));
      assert.deepEqual([...gone, ...plan.keptManifests.keys()].sort(), manifests.map(({ digest }) => digest).sort());
      assert.deepEqual([...goneTags, ...plan.keptTags.keys()].sort(), tags.map(({ name }) => name).sort());
      for (const unit of plan.units) for (const { digest } of unit.manifests) assert.ok(tags.filter((tag) => tag.digest === digest).every(({ name }) => unit.tags.some((tag) => tag.name === name)));
    });
  });

  it('takes nothing where no rule speaks, and no tag less when there is one rule more', () => {
    holds((repository, terms, plan) => {
      assert.deepEqual(planRetention(repository, { ...terms, rules: terms.rules.map((rule) => ({ ...rule, repositories: ['elsewhere'] })) }).units, []);
      const more = planRetention(repository, { ...terms, rules: [...terms.rules, { ...RULE, keepAll: true }] });
      assert.deepEqual(more.units.flatMap((unit) => unit.manifests.filter(({ reason }) => reason === 'tags-expired')), []);
      for (const name of plan.keptTags.keys()) assert.ok(more.keptTags.has(name));
    });
  });

  it('is finished by the next run when it is cut off behind any unit, and leaves nothing broken meanwhile', () => {
    holds((repository, terms, plan) => {
      for (let done = 0; done <= plan.units.length; done += 1) {
        const left = without(repository, plan.units.slice(0, done));
        const there = new Set(left.manifests.map(({ digest }) => digest));
        for (const { parts } of left.manifests) for (const part of parts) assert.ok(there.has(part) || !repository.manifests.some(({ digest }) => digest === part));
        const next = planRetention(left, terms);
        assert.deepEqual(goneOf(next), goneOf({ units: plan.units.slice(done) }));
        assert.deepEqual(goneTagsOf(next), goneTagsOf({ units: plan.units.slice(done) }));
      }
    });
  });

  it('takes all of a batch when nothing has changed, and when one manifest has, neither it nor what it holds', () => {
    fc.assert(fc.property(aRepository, someTerms, fc.nat(MANIFESTS_MAX), fc.integer({ min: 1, max: 6 }), (repository, terms, n, most) => {
      const { units } = planRetention(repository, terms);
      const known = new Set(repository.manifests.map(({ digest }) => digest));
      let [asPlanned, disturbed] = [repository, repository];
      for (const batch of batchesOf(units, most)) {
        asPlanned = without(asPlanned, [settle(batch, around(asPlanned, batch), known)]);
        const going = settle(batch, around(disturbed, batch, digestOf(n)), known);
        assert.ok(going.manifests.every(({ digest }) => digest !== digestOf(n)));
        assert.ok(going.tags.every(({ digest }) => digest !== digestOf(n)));
        disturbed = without(disturbed, [going]);
      }
      assert.deepEqual(asPlanned, without(repository, units));
      const there = new Set(disturbed.manifests.map(({ digest }) => digest));
      const changed = repository.manifests.find(({ digest }) => digest === digestOf(n));
      for (const part of changed?.parts ?? []) assert.ok(there.has(part) || !known.has(part));
      if (changed !== undefined) for (const { digest, subject } of repository.manifests) if (subject === changed.digest) assert.ok(there.has(digest));
    }), RUNS);
  });
});

describe('a batch that is looked at again', () => {
  const repository = repositoryOf([{}, { parts: [0], tags: ['v1'] }, { isEvidence: true, subject: 1 }]);
  const { units } = planRetention(repository, termsOf({ keepPushedWithinDays: 1 }));
  const known = new Set(repository.manifests.map(({ digest }) => digest));
  const still = (over: Partial<Surroundings>): readonly (readonly (number | string)[])[] => {
    const going = settle(units, { ...around(repository, units), ...over }, known);
    return [goneOf({ units: [going] }), goneTagsOf({ units: [going] })];
  };
  const tag = (name: string, n: number): Pick<RetainableTag, 'name' | 'digest'> => ({ name, digest: digestOf(n) });

  it('goes when nothing has changed', () => assert.deepEqual(still({}), [[0, 1, 2], ['v1']]));
  it('keeps all of an image whose tag was moved, or is held by somebody', () => {
    assert.deepEqual(still({ tagVersions: new Map([['v1', 2]]) }), [[], []]);
    assert.deepEqual(still({ tagVersions: new Map() }), [[], []]);
  });
  it('keeps what was tagged since, and lets the other tag go', () => assert.deepEqual(still({ tags: [tag('v1', 1), tag('new', 1)] }), [[], ['v1']]));
  it('keeps a part that another index names since, and lets the index go', () => {
    assert.deepEqual(still({ indexes: [{ part: digestOf(0), index: digestOf(1) }, { part: digestOf(0), index: digestOf(7) }] }), [[1, 2], ['v1']]);
  });
  it('keeps what something says something about since', () => assert.deepEqual(still({ referrers: [{ about: digestOf(1), digest: digestOf(2) }, { about: digestOf(1), digest: digestOf(8) }] })[0], []));
  it('keeps what is held by somebody else', () => assert.deepEqual(still({ stamps: new Map() }), [[], []]));
});
