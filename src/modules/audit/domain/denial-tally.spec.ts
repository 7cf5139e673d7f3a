import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { type DenialActor, type DenialMatter, DenialTally } from './denial-tally.js';

const principal = (id: string): Principal => ({ ...systemPrincipal('spec'), id, kind: 'user' });
const person = (id: string, source = 'home'): DenialActor => ({ principal: principal(id), source });
const stranger = (source: string): DenialActor => ({ principal: null, source });
const matter = (route: string, over: Partial<DenialMatter> = {}): DenialMatter => ({ route, code: 'forbidden', status: 403, permission: null, suspicion: null, ...over });
const digest = (n: number): string => n.toString(16).padStart(16, '0');

describe('a tally of denials', () => {
  it('hands back the first of each actor, route, fault and suspicion, and counts the rest', () => {
    const tally = new DenialTally();
    const groups: [DenialActor, DenialMatter][] = [
      [person('ann'), matter('GET /a')],
      [person('bob'), matter('GET /a')],
      [person('ann'), matter('GET /b')],
      [person('ann'), matter('GET /a', { code: 'insufficient-scope' })],
      [person('ann'), matter('GET /a', { suspicion: 'traversal' })],
      [stranger('s-1'), matter('GET /a')],
      [stranger('s-2'), matter('GET /a')],
    ];
    for (const [actor, what] of groups) {
      const first = tally.note(actor, what, digest(1), 1_000);
      assert.deepEqual([first?.actor, first?.matter, first?.count, first?.targets, first?.targetsTotal], [actor, what, 1, [digest(1)], 1]);
      assert.equal(tally.note(actor, what, digest(2), 2_000), null);
      assert.equal(tally.note(actor, what, digest(2), 3_000), null);
    }
    const rest = tally.rest();
    assert.equal(rest.length, groups.length);
    for (const group of rest) {
      assert.deepEqual([group.count, group.firstMillis, group.lastMillis, group.targets, group.targetsTotal], [2, 2_000, 3_000, [digest(2)], 1]);
    }
  });

  it('has nothing left to tell of what happened once', () => {
    const tally = new DenialTally();
    tally.note(person('ann'), matter('GET /a'), digest(1), 0);
    assert.deepEqual(tally.rest(), []);
  });

  it('counts somebody who is logged in as one, wherever they come from, and says where they came from last', () => {
    const tally = new DenialTally();
    tally.note(person('ann', 'home'), matter('GET /a'), digest(1), 0);
    assert.equal(tally.note(person('ann', 'work'), matter('GET /a'), digest(1), 0), null);
    assert.equal(tally.rest()[0]?.actor?.source, 'work');
  });

  it('tells as one group what an actor is refused on more routes than it is given groups', () => {
    const tally = new DenialTally();
    const firsts = Array.from({ length: 1_000 }, (_, n) => tally.note(person('ann'), matter(`GET /${n}`), digest(n), n)).filter((first) => first !== null);
    assert.equal(firsts.length, 33);
    assert.deepEqual([firsts.at(-1)!.matter, firsts.at(-1)!.actor?.principal?.id], [null, 'ann']);
    const [rest] = tally.rest();
    assert.deepEqual([rest?.matter, rest?.actor?.principal?.id, rest?.count], [null, 'ann', 1_000 - 33]);
    assert.equal(tally.note(person('ann'), matter('GET /0'), digest(0), 0), null, 'a group that it had is still its own');
  });

  it('counts 100,000 denials of as many actors on a thousand routes into a bounded number of groups, and none twice', () => {
    const tally = new DenialTally();
    let firsts = 0;
    for (let n = 0; n < 100_000; n += 1) {
      const actor = n % 2 === 0 ? stranger(`s-${n}`) : person(`p-${n}`);
      if (tally.note(actor, matter(`GET /${n % 1_000}`), digest(n), n) !== null) firsts += 1;
    }
    const rest = tally.rest();
    assert.equal(firsts, 514);
    assert.equal(rest.length, 2);
    assert.deepEqual(rest.map(({ pool, actor, matter }) => [pool, actor, matter]), [['stranger', null, null], ['principal', null, null]]);
    assert.equal(firsts + rest.reduce((sum, { count }) => sum + count, 0), 100_000);
    for (const { targets } of rest) assert.equal(targets.length, 64);
  });

  it('lets no flood of strangers hide what somebody with an account tries', () => {
    const tally = new DenialTally();
    for (let n = 0; n < 10_000; n += 1) tally.note(stranger(`s-${n}`), matter('GET /a'), digest(n), n);
    const first = tally.note(person('mallory'), matter('DELETE /v1/keys/:id'), digest(1), 0);
    assert.equal(first?.actor?.principal?.id, 'mallory');
  });

  it('lets no one source take all the room of the strangers', () => {
    const tally = new DenialTally();
    for (let n = 0; n < 10_000; n += 1) tally.note(stranger('loud'), matter(`GET /${n}`), digest(n), n);
    assert.deepEqual(tally.note(stranger('quiet'), matter('GET /a'), digest(1), 0)?.actor, stranger('quiet'));
  });
});
