import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Circuit, Operation } from '../circuit/circuit.js';
import { GATE_TABLE } from '../gates/gate-table.js';
import { parseProgram } from '../qasm/parse-program.js';
import { angleText } from './angle-text.js';
import { blochSvg, blochVector } from './bloch-svg.js';
import { circuitSvg } from './circuit-svg.js';
import { circuitText } from './circuit-text.js';
import { histogramSvg } from './histogram-svg.js';
import { elided, xmlText } from './xml-text.js';

const circuitOf = (body: string, language: 'openqasm2' | 'openqasm3' = 'openqasm2'): Circuit => {
  const head = language === 'openqasm2' ? 'OPENQASM 2.0;\ninclude "qelib1.inc";\n' : 'OPENQASM 3.0;\ninclude "stdgates.inc";\n';
  const parsed = parseProgram(language, head + body, {});
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return parsed.circuit;
};

/** XML 1.0 as far as these documents use it, and not a character more. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  const token = /<(\/?)([a-z][a-zA-Z]*)((?: [a-zA-Z:-]+="[^"<]*")*)(\/?)>|([^<>]+)/y;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const [whole, end, name, attributes, empty, text] = token.exec(xml) ?? assert.fail(`no XML at ${at}: ${xml.slice(at, at + 60)}`);
    assert.doesNotMatch(whole, /&(?!(amp|lt|gt|quot|#39);)|[\u0000-\u0008\u000b-\u001f]|\p{Cs}/u);
    if (text !== undefined) assert.ok(open.length > 0 || text === '\n');
    else if (end === '/') assert.equal(open.pop(), name);
    else {
      const names = [...attributes!.matchAll(/ ([a-zA-Z:-]+)=/g)].map((match) => match[1]);
      assert.equal(new Set(names).size, names.length);
      if (empty === '') open.push(name!);
    }
  }
  assert.deepEqual(open, []);
}

/** Well-formed, self-contained and without anything that acts. */
function assertSafe(svg: string): void {
  assertWellFormed(svg);
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" class="qd" role="img"/);
  assert.match(svg, /<title id="qd-title">.+<\/title><desc id="qd-desc">.+<\/desc>/);
  assert.doesNotMatch(svg, /<script|<image|<foreignObject|href|url\(|@import|<[^>]* on\w+="/i);
  assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
}

const HOSTILE = `"><script>alert(1)</script>&'\u0000\u001b]0;\ud800`;

describe('text diagrams', () => {
  const drawn = (body: string, language?: 'openqasm3') => circuitText(circuitOf(body, language));

  it('show a Bell pair', () => {
    assert.equal(drawn('qreg q[2];creg c[2];h q[0];cx q[0],q[1];measure q->c;'), [
      'q[0]: ──[H]──●──[M→c[0]]──',
      '             │',
      'q[1]: ───────⊕──[M→c[1]]──',
      '',
      ' c/2: ════════════════════',
      '',
    ].join('\n'));
  });

  it('show a condition behind the measurement that it reads, tied to its register', () => {
    const lines = drawn('qreg q[2];creg c[1];measure q[0]->c[0];if(c==1) x q[1];').split('\n');
    const column = (text: string) => lines.find((line) => line.includes(text))!.indexOf(text);
    assert.ok(column('[X]') > column('[M→c]'), lines.join('\n'));
    assert.ok(column('[c == 1]') > column('[M→c]'));
  });

  it('show branches and loops as frames with their conditions', () => {
    const text = drawn('qubit[2] q;bit[2] c;c = measure q;if(c==3){x q[0];}else{z q[0];}while(c!=0){h q;c=measure q;}', 'openqasm3');
    assert.match(text, /┏ if c == 3 +┣ else +┓ *┏ while c != 0 +┓/);
  });

  it('wrap at the width that they are given, between columns', () => {
    const text = circuitText(circuitOf(`qreg q[1];${'h q[0];'.repeat(60)}`), { widthMax: 60 });
    assert.equal(text.match(/\[H\]/g)!.length, 60);
    assert.ok(text.split('\n').every((line) => line.length <= 60));
    assert.ok(text.split('\n').filter((line) => line.startsWith('q[0]')).length >= 5);
  });

  it('have one line for idle wires of a large circuit, which links go through', () => {
    const circuit = circuitOf('qreg q[50];creg c[1];h q[3];cx q[3],q[40];measure q[40]->c[0];');
    assert.equal(circuitText(circuit), [
      ' 3 idle: ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌',
      '',
      '   q[3]: ──[H]──●─────────',
      '                │',
      '36 idle: ╌╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌',
      '                │',
      '  q[40]: ───────⊕──[M→c]──',
      '',
      ' 9 idle: ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌',
      '',
      '    c/1: ═════════════════',
      '',
    ].join('\n'));
  });

  it('let no control character through to the terminal', () => {
    const circuit: Circuit = { ...circuitOf('qreg q[1];'), quantumRegisters: [{ name: HOSTILE.slice(-8), offset: 0, size: 1 }] };
    assert.doesNotMatch(circuitText(circuit), /[\u0000-\u0009\u000b-\u001f]/);
  });
});

describe('circuits as SVG', () => {
  for (const gate of GATE_TABLE.values()) {
    it(`draw ${gate.name}`, () => {
      const operation: Operation = { kind: 'gate', name: gate.name, parameters: gate.parameters.map(() => Math.PI / 4), qubits: Array.from({ length: gate.qubits }, (_, i) => gate.qubits - 1 - i), condition: null };
      const circuit: Circuit = { ...circuitOf('qreg q[5];'), operations: [operation] };
      const svg = circuitSvg(circuit);
      assertSafe(svg);
      assert.ok(svg.length > circuitSvg({ ...circuit, operations: [] }).length + 60);
      assert.ok(circuitText(circuit).length > 0);
    });
  }

  it('escape every name and label, whoever made it up', () => {
    const circuit: Circuit = {
      ...circuitOf('qreg q[2];creg c[1];measure q[0]->c[0];if(c==1) x q[1];'),
      quantumRegisters: [{ name: HOSTILE, offset: 0, size: 2 }], classicalRegisters: [{ name: HOSTILE, offset: 0, size: 1 }],
    };
    const unitary: Operation = { kind: 'unitary', label: HOSTILE, matrix: new Float64Array(8), qubits: [0], condition: null };
    assertSafe(circuitSvg({ ...circuit, operations: [...circuit.operations, unitary] }, { title: HOSTILE }));
  });

  it('draw barriers, resets, frames, assignments and conditions', () => {
    const svg = circuitSvg(circuitOf('qubit[3] q;bit[3] c;int[8] n=0;barrier q;reset q[0];ctrl @ pow(1/3) @ h q[0],q[1];c=measure q;if(c[0]==1){if(c==3){x q[1];}}else{h q;}while(c!=7){h q;c=measure q;n=n+1;}', 'openqasm3'));
    assertSafe(svg);
    for (const text of ['|0⟩', 'if c[0] == 1', 'c == 3', 'else', 'while c != 7', 'class="b"', 'class="f"']) assert.ok(svg.includes(text), text);
  });

  it('are cut off with a plain note, in bounded bytes', () => {
    const [operation] = circuitOf('qreg q[1];h q[0];').operations as [Operation];
    const circuit: Circuit = { ...circuitOf('qreg q[200];creg c[1];'), operations: Array.from({ length: 1_000_000 }, () => operation) };
    const svg = circuitSvg(circuit);
    assertSafe(svg);
    assert.match(svg, /… 998,000 more operations/);
    assert.match(svg, /… 72 more qubits/);
    assert.ok(svg.length < 1_500_000, `${svg.length} bytes`);
  });

  it('are the same bytes each time, and wrap at their width', () => {
    const circuit = circuitOf(`qreg q[2];${'h q[0];cx q[0],q[1];'.repeat(40)}`);
    const svg = circuitSvg(circuit, { widthMax: 700 });
    assert.equal(svg, circuitSvg(circuit, { widthMax: 700 }));
    assert.ok(Number(/ width="(\d+)"/.exec(svg)![1]) <= 710);
    assert.match(svg, />1\/\d ↵</);
  });

  it('have a box for each run of neighbours that a gate is on, and none over the wires between', () => {
    const boxes = (body: string) => [...circuitSvg(circuitOf(body)).matchAll(/<rect class="r" [^>]*height="(\d+)"/g)].map((match) => Number(match[1]));
    assert.deepEqual(boxes('qreg q[5];rzz(0.3) q[1],q[2];'), [78]);
    assert.deepEqual(boxes('qreg q[5];rzz(0.3) q[4],q[0];'), [34, 34]);
  });

  it('have one line for idle wires of a large circuit, and all wires of a small one', () => {
    const wires = (qubits: number, body: string) => circuitSvg(circuitOf(`qreg q[${qubits}];${body}`)).match(/class="w( dash)?"/g)!;
    assert.deepEqual(wires(50, 'h q[3];cx q[3],q[40];barrier q;'), ['class="w dash"', 'class="w"', 'class="w dash"', 'class="w"', 'class="w dash"']);
    assert.equal(wires(50, 'h q[2];h q[5];h q[49];').length, 8);
    assert.equal(wires(12, 'h q[0];').length, 12);
  });

  it('are wider where rows are high, and name their wires at both ends then', () => {
    const svg = circuitSvg(circuitOf(`qreg q[50];${Array.from({ length: 49 }, (_, i) => `cx q[${i}],q[${i + 1}];`).join('').repeat(6)}`));
    const [width, height] = [/ width="(\d+)"/.exec(svg)![1], / height="(\d+)"/.exec(svg)![1]].map(Number);
    assert.ok(width! > 2000 && height! < 2 * width!, `${width} x ${height}`);
    assert.equal(svg.match(/>q\[20\]</g)!.length % 2, 0);
  });

  it('draw a circuit without operations, qubits or registers', () => {
    assertSafe(circuitSvg({ qubits: 0, classicalBits: 0, hiddenBits: 0, globalPhase: 0, quantumRegisters: [], classicalRegisters: [], operations: [] }));
  });
});

describe('histograms', () => {
  it('have a bar for each outcome in the order of bit strings, and tell the shots', () => {
    const svg = histogramSvg({ '11': 497, '00': 503 });
    assertSafe(svg);
    assert.ok(svg.indexOf('00: 503 (50.3 %)') < svg.indexOf('11: 497 (49.7 %)'));
    assert.match(svg, />1,000 shots, 2 outcomes</);
  });

  it('show the 32 most frequent of many outcomes, bit strings of fifty qubits whole, and the others in one bar', () => {
    const svg = histogramSvg(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [(BigInt(i) << 40n).toString(2).padStart(50, '0'), i + 1])));
    assertSafe(svg);
    assert.equal(svg.match(/class="bar"/g)!.length, 32);
    assert.match(svg, /68 others: 2,346/);
    assert.match(svg, new RegExp(`>${(99n << 40n).toString(2).padStart(50, '0')}<`));
    assert.match(svg, />5,050 shots, 100 outcomes, the 32 most frequent drawn</);
    assert.match(svg, />68 others: 2,346</);
  });

  it('elide longer bit strings in the middle', () => {
    assert.match(histogramSvg({ ['01'.repeat(40)]: 1 }), />(01){16}…1(01){15}</);
  });

  it('draw no counts at all, and keys that are no bit strings', () => {
    assertSafe(histogramSvg({}));
    assertSafe(histogramSvg({ [HOSTILE]: 3 }, { title: HOSTILE }));
  });
});

describe('Bloch vectors', () => {
  it('are read off a density matrix', () => {
    assert.deepEqual(blochVector([[[0.5, 0], [0.5, 0]], [[0.5, 0], [0.5, 0]]]).map((x) => x + 0), [1, 0, 0]);
    assert.deepEqual(blochVector([[[0.5, 0], [0, -0.5]], [[0, 0.5], [0.5, 0]]]), [0, 1, 0]);
    assert.deepEqual(blochVector([[[0, 0], [0, 0]], [[0, 0], [1, 0]]]).map((x) => x + 0), [0, 0, -1]);
  });

  it('are drawn with their coordinates, up to a number of qubits', () => {
    const svg = blochSvg(Array.from({ length: 70 }, () => ({ name: HOSTILE, vector: [0.5, 0, -0.25] as const })));
    assertSafe(svg);
    assert.equal(svg.match(/\(0\.5, 0, -0\.25\)/g)!.length, 64);
    assert.match(svg, /… 6 more qubits/);
  });
});

describe('texts in drawings', () => {
  it('tell angles in units of π where they are', () => {
    const cases: readonly (readonly [number, string])[] = [[Math.PI / 2, 'π/2'], [-3 * Math.PI / 4, '-3π/4'], [0.731, '0.731'], [2 * Math.PI, '2π'], [Math.PI / 1024, 'π/1024'], [-3 * Math.PI / 2 ** 14, '-3π/2^14'], [Math.PI / 2 ** 49, 'π/2^49'], [0, '0'], [1e-9, '1.0e-9'], [123456, '1.2e+5'], [0.1, '0.1'], [-Math.PI / 3, '-π/3']];
    for (const [radians, text] of cases) assert.equal(angleText(radians), text);
  });

  it('are escaped, and lose what XML cannot hold', () => {
    assert.equal(xmlText('a<b>&"\'\u0007\ud800😀'), 'a&lt;b&gt;&amp;&quot;&#39;\ufffd\ufffd😀');
  });

  it('are cut in the middle', () => {
    assert.equal(elided('0123456789', 5), '01…89');
    assert.equal(elided('01234', 5), '01234');
  });
});
