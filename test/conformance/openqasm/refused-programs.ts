/**
 * Programs with the place of the fault marked by ‸, by code. The prelude is put in front, on a line of its own, unless
 * the program begins with an exclamation mark (which stands for "as it is").
 */
export const PRELUDE = 'OPENQASM 3.0; include "stdgates.inc"; qubit[3] q; qubit a; bit[3] c; bit b; const int N = 2;';

export const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'syntax-error': [
    '‸}', '‸)', 'h q[0]‸', 'h q[0] ‸h q[1];', 'h q[0‸;', 'h q[‸];', 'int ‸;', 'int ‸3 = 4;', 'int[‸] v;', 'int v = ‸;', 'int v ‸3;', 'const int v‸;', 'int ‸if;',
    'qubit p‸[2];', 'gate g ‸{}', 'gate ‸if a {}', 'gate g(a ‸b) x {}', 'gate g x‸;', 'gate g x { h x;‸', 'def f ‸{}', 'def f(‸x) {}', 'def f(int v‸;', 'def f() -> ‸{}',
    'if ‸b x a;', 'if (b ‸x a;', 'for ‸i in [0:2] x a;', 'for int ‸in [0:2] x a;', 'for int i ‸of [0:2] x a;', 'for int i in [0:2 ‸x a;', 'while ‸true x a;',
    '‸switch (N) {}', 'switch (N) { ‸x a; }', 'switch (N) { default {} ‸case 1 {} }', 'let ‸= q;', 'let t ‸q;', 'let t = ‸;', 'int v = 1 ‸2;', 'int v = (1 ‸2);',
    'int v = 1 +‸;', 'int v = sin(‸;', 'int v = ‸*2;', 'int v = ‸`;', 'float v = 1.5‸.5;', 'float v = 2‸pi;', 'int v = 0b1‸2;', 'int v = ‸"01', 'bit[2] v = ‸"02";',
    'x a; ‸/* open', 'measure a =‸> b;', 'b = measure ‸;', 'reset ‸;', 'ctrl ‸x a, q[0];', 'pow ‸@ x a;', 'ctrl(2 ‸@ x a;', 'inv @ ‸;', 'include ‸stdgates;',
    '‸OPENQASM 3.0;', '!OPENQASM ‸;', '!OPENQASM 3.0‸', 'input int v = ‸3;', 'return ‸', 'break ‸now;', 'x a; ‸?', '‸\u0000', '‸\ud800', '‸else x a;', 'nop ‸3;', '‸;', 'x a;‸;', 'if (b)‸;', 'gate g x {}‸;', '‸# a comment of another language', '‸#pragmatic', '\n@known\n‸pragma keep', '\n@known\n‸{ x a; }', '\n@known‸',
    'complex[‸int[3]] z;', 'bool v = ‸in;',
  ],
  'unsupported-version': [
    '!OPENQASM ‸2.0;', '!OPENQASM ‸4;', '!OPENQASM ‸3.00;',
  ],
  'unknown-include': [
    'include ‸"qelib1.inc";', 'include ‸"/etc/passwd";', 'include ‸"../stdgates.inc";', 'include ‸"";',
  ],
  'not-supported': [
    '‸defcal x $0 {}', '‸cal { }', '‸defcalgrammar "openpulse";', '‸box { x a; }', '‸delay[100ns] a;', '‸duration d = 3ns;', '‸stretch s;', '‸extern f(int) -> int;',
    '‸array[int, 3] v;', 'x ‸$0;', 'float t0 = ‸100ns;', 'float t0 = ‸5 dt;', '‸rx(1)[100] a;', 'def f(‸readonly array[int, 1] v) {}', '‸output float f;', 'x q[0‸, 1];',
    'qubit[6] w; gate g p,r,s,t,u,v { cx p,r; cx s,t; cx u,v; } pow(1/2) @ ‸g w[0],w[1],w[2],w[3],w[4],w[5];',
  ],
  'redefinition': [
    'qubit ‸q;', 'int ‸c;', 'gate ‸h a {}', 'gate ‸q a {}', 'def ‸h() {}', 'int ‸pi;', 'int ‸sin = 3;', 'gate g(s,‸s) x {}', 'gate g x,‸x {}', 'gate g(s) ‸s {}',
    'let ‸q = a;', '!qubit h; include ‸"stdgates.inc";', 'gate ‸U t {}', 'include ‸"stdgates.inc";',
  ],
  'unknown-name': [
    'int v = ‸w;', 'int v = 1 + ‸M;', '‸w = 3;', '‸w[0] = 1;', 'rx(‸w) a;', 'if (‸d) x a;', 'int v = ‸f(1);', '‸f(a);', 'gate g(t) x { rx(‸w) x; } g(1) a;',
    'def f() { int v = ‸w; } f();', 'int w = 3; def f() { int v = ‸w; } f();', '{ int w = 3; } int v = ‸w;', 'bit w = ‸w;',
  ],
  'unknown-register': [
    'x ‸r;', 'x ‸r[0];', 'b = measure ‸r;', 'reset ‸r;', 'barrier q, ‸r;',
  ],
  'unknown-gate': [
    '‸g a;', 'ctrl @ ‸g q[0], q[1];', 'gate g x { ‸g x; }', 'gate g x { ‸later x; } gate later x {}', '!qubit q; ‸h q;', '‸hh a;', '‸cu3(1,2,3) q[0], q[1];',
  ],
  'unknown-qubit': [
    'gate g x { h ‸q; }', 'gate g(t) x { h ‸t; }', 'gate g x { barrier x, ‸y; }',
  ],
  'wrong-kind': [
    '‸h;', 'x ‸c;', 'x ‸N;', 'int v = ‸q;', 'int v = ‸h;', '‸q a;', '‸c a;', 'measure ‸c;', 'rx(‸a) a;', 'reset ‸b;',
  ],
  'wrong-parameter-count': [
    '‸rx a;', '‸rx(1,2) a;', '‸h(1) a;', '‸U(1) a;', '‸gphase(1,2);', 'gate g(t) x {} ‸g a;', 'gate g x { ‸rx x; }',
  ],
  'wrong-qubit-count': [
    '‸cx a;', '‸h a, q[0];', 'ctrl @ ‸x a;', 'ctrl(2) @ ‸x a, q[0];', '‸gphase(1) a;', 'ctrl @ ‸gphase(1);', 'gate g x, y {} ‸g a;', 'gate g x, y { ‸cx x; }',
    'gate g x, y { ctrl @ ‸cx x, y; } g a, q[0];',
  ],
  'wrong-argument-count': [
    'float v = ‸sin();', 'float v = ‸sin(1, 2);', 'int v = ‸popcount();', 'def f(int y0) {} ‸f();', 'def f(int y0) {} ‸f(1, 2);', 'float v = ‸mod(1);',
  ],
  'index-out-of-range': [
    'x q[‸3];', 'x q[‸-4];', 'c[‸3] = 1;', 'x q[0:‸3];', 'x q[{0, ‸7}];', 'b = c[‸9];', 'x q[N ‸+ 1];', 'let w = q[1:2]; x w[‸2];',
    'b = measure q[‸99999999999999999999];',
  ],
  'register-size-mismatch': [
    'cx q[0:1], ‸q;', '‸c = measure a;', '‸b = measure q;', 'bit[2] d; ‸d = measure q;', '‸c[0] = measure q;', 'def f(qubit[2] x) {} f(‸q);', 'def f(qubit x) {} f(‸q);',
  ],
  'duplicate-qubit': [
    'cx a, ‸a;', 'cx q, ‸q;', 'cx q[0], ‸q[-3];', 'cx q[1], ‸q;', 'ctrl @ x a, ‸a;', 'gate g x, y { cx x, ‸x; }', 'let ‸w = q[0:1] ++ q[1];',
    'let w = q[0]; cx w, ‸q[0];', 'def f(qubit x, qubit y) { cx x, ‸y; } f(a, a);',
  ],
  'type-mismatch': [
    'x ‸a[0];', 'b = ‸b[0];', 'int v = 1; ‸v = 1 + 2im;', 'bool t0 = 1 ‸< 2im;', 'float f = 1.5 ‸% 2im;', 'int v = 1.5 ‸& 2;', 'bit[2] d = ‸"011";', 'int v = N[‸0.5];',
    'qubit[‸1.5] r;', 'int[‸2.5] v;', 'for int i in ‸N x a;', 'def f() {} int v = ‸f();', 'def f() -> int { ‸return; } f();', 'def f() { return ‸3; } f();',
    'int v; ‸v = measure a;', 'x c ‸+ 1;', 'gate g x { h ‸x[0]; }', 'if (‸2 im) x a;', 'int v = ‸popcount(1.5);', 'ctrl(‸1.5) @ x a, q[0];', 'rx(‸2im) a;',
  ],
  'not-constant': [
    'b = measure a; x q[‸b];', 'b = measure a; qubit[‸b] r;', 'b = measure a; const bit k = ‸b;', 'b = measure a; for int i in [0:‸b] x a;',
    'c = measure q; int v = 8 ‸/ int(c);', 'b = measure a; float f = ‸b;', 'float f = 1; b = measure a; if (b) { f = 2; } rx(‸f) a;',
    'c = measure q; bit[3] d = measure q; bit[3] e = measure q; ‸rx(c * d * e) a;', 'b = measure a; pow(‸b) @ x q[0];', 'b = measure a; ctrl(b ‸+ 1) @ x q[0], q[1];',
  ],
  'not-assignable': [
    '‸N = 3;', '‸q = 1;', '‸h = 3;', 'for int i in [0:1] { ‸N += 1; }', '‸N[0] = 1;', '‸1 = 2;', 'const bool t0 = true; ‸t = 1;',
  ],
  'division-by-zero': [
    'int v = 1 ‸/ 0;', 'int v = 1 ‸% 0;', 'float v = 1.5 ‸/ 0;', 'float v = 1 ‸/ 0.0;', 'float v = ‸mod(1, 0);', 'rx(pi ‸/ 0) a;', 'float v = 0 ‸** -1;',
    'int v = 3; ‸v /= 0;', 'complex z0 = 1im ‸/ 0;', 'angle v = pi; v = v ‸/ 0;', 'gate g(t) x { rx(1 ‸/ t) x; } g(0) a;',
  ],
  'parameter-not-finite': [
    'rx(‸1e999) a;', 'float v = ‸log(0);', 'float v = ‸sqrt(-1);', 'float v = ‸arccos(2);', 'float v = 1e300 ‸* 1e300;', 'float v = (0.0 - 8) ‸** 0.5;',
    'gate g(t) x { rx(log(t)) x; } ‸g(0) a;', 'pow(‸1e999) @ x a;',
  ],
  'value-out-of-range': [
    '‸int[99999] v;', 'for int i in [‸0:0:5] x a;', 'x q[‸0:0:2];', '‸ctrl(0) @ x a, q[0];', 'int v = 2 ‸** 100000;', `int v = ‸${'9'.repeat(2000)};`,
  ],
  'empty-register': [
    'qubit[‸0] r;', 'bit[‸-1] d;', 'x ‸q[2:1];', 'bit[1] d; ‸c[2:1] = 0;',
  ],
  'nesting-too-deep': [`int v = ${'('.repeat(200)}‸(1;`, `${'{'.repeat(100)}‸{`, `int v = 0${' + 1'.repeat(500)} ‸+ 1;`, `${'inv @ '.repeat(100)}‸inv @ x q;`],
  'misplaced-statement': [
    '‸break;', '‸continue;', '‸return;', 'if (true) { ‸qubit r; }', '{ ‸gate g x {} }', '{ ‸def f() {} }', 'gate g x { ‸reset x; }', 'gate g x { ‸measure x; }',
    'gate g x { ‸int y0; }', 'gate g x { ‸if (true) h x; }', 'def f() { ‸input int y0; } f();', 'def f() { ‸break; } for int i in [0:1] { f(); }',
    'int v = 1 + ‸measure a;', 'if (true) { ‸output bit w; }', '{ ‸include "stdgates.inc"; }',
  ],
  'loop-too-long': [
    '‸while (true) {}', 'b = measure a; ‸while (b) { x q[0]; }',
  ],
  'recursive-call': [
    'def f() { ‸f(); } f();', 'def f(int n) -> int { return ‸f(n - 1); } int v = f(3);', 'def f() { g(); } def g() { ‸f(); } f();',
  ],
  'too-many-qubits': [
    'qubit[‸1000] r;',
  ],
  'too-many-bits': [
    'bit[4096] ‸d;', 'int[4090] v; b = measure a; v[0] = b; v[1] = 1; int[4000] w; ‸w[0] = b;',
    // Each twice as long as the one before: sixty of them would be more than any memory.
    `let e0 = c ++ c; ${Array.from({ length: 9 }, (_, k) => `let e${k + 1} = e${k} ++ e${k};`).join(' ')} let ‸e10 = e9 ++ e9;`,
  ],
  'too-many-operations': [
    'for int i in [0:10**9] ‸x a;', '‸for int i in [0:10**12] { }', 'for int i in [0:10**6] { ‸for int j in [0:1000] { } }', 'qubit[3] r; gate g s,t,u,v,w,y { cx s,t; cx u,v; cx w,y; } pow(10**7) @ ‸g a, q[0], q[1], q[2], r[0], r[1];',
    // A name of one letter is a thousand elements each time.
    `qubit[900] r; let ‸e = ${Array<string>(100).fill('r').join(' ++ ')};`, `qubit[900] r; ‸barrier ${Array<string>(100).fill('r').join(', ')};`,
    `qubit[900] r; bit[4000] d; d[0] = measure a; rx(${Array<string>(19).fill('d').join(' + ')} + ‸d) a;`,
  ],
  'missing-input': [
    'input int ‸n;', 'input float ‸theta;',
  ],
};
