/*
 * The syntax of OpenQASM 3.1 without what is refused here by name (calibration, timing, arrays of classical values,
 * external functions, physical qubits), as the prose of the language's specification tells it. Written for this project,
 * as a second account of the language beside the parser's; it is not the grammar that the specification publishes.
 */
grammar OpenQasm3Subset;

program: header? item* EOF;
header: 'OPENQASM' (DIGITS | FRACTION) ';';

item: block | PRAGMA | ANNOTATION* step;
block: '{' item* '}';

/* What ends with a semicolon, and what ends with a block or with the step that stands for it. */
step: plain ';' | branch | repetition | choice | gateDefinition | subroutine;

plain:
    'include' (QUOTED | BITS)
    | ('break' | 'continue' | 'end')
    | 'return' (value | measurement)?
    | 'let' NAME '=' value ('++' value)*
    | 'qubit' size? NAME
    | ('qreg' | 'creg') NAME size?
    | 'const' type NAME '=' (value | measurement)
    | ('input' | 'output') type NAME
    | type NAME ('=' (value | measurement))?
    | 'reset' element
    | ('barrier' | 'nop') elements?
    | measurement ('->' element)?
    | element assigned (value | measurement)
    | modifier* NAME arguments? elements
    | modifier* 'gphase' arguments? elements?
    | value
    ;

branch: 'if' '(' value ')' item ('else' item)?;
repetition:
    'while' '(' value ')' item
    | 'for' type NAME 'in' (set | '[' range ']' | value) item
    ;
choice: 'switch' '(' value ')' '{' ('case' values block)+ ('default' block)? '}' | 'switch' '(' value ')' '{' 'default' block '}';
gateDefinition: 'gate' NAME ('(' names? ')')? names block;
subroutine: 'def' NAME '(' (parameter (',' parameter)* ','?)? ')' ('->' type)? block;
parameter: type NAME | 'qubit' size? NAME | ('qreg' | 'creg') NAME size?;

modifier: ('inv' | 'pow' '(' value ')' | ('ctrl' | 'negctrl') ('(' value ')')?) '@';
measurement: 'measure' element;
element: NAME index*;
elements: element (',' element)* ','?;
names: NAME (',' NAME)* ','?;
arguments: '(' values? ')';
values: value (',' value)* ','?;

type: 'bool' | ('bit' | 'int' | 'uint' | 'float' | 'angle') size? | 'complex' ('[' 'float' size? ']')?;
size: '[' value ']';
index: '[' (set | range | value) ']';
set: '{' values '}';
range: value? ':' value? (':' value)?;

/* From what binds most tightly to what binds least. */
value:
    '(' value ')'
    | value index
    | <assoc = right> value '**' value
    | ('-' | '!' | '~') value
    | value ('*' | '/' | '%') value
    | value ('+' | '-') value
    | value ('<<' | '>>') value
    | value ('<' | '>' | '<=' | '>=') value
    | value ('==' | '!=') value
    | value '&' value
    | value '^' value
    | value '|' value
    | value '&&' value
    | value '||' value
    | type '(' value ')'
    | (NAME | 'pow') arguments
    | NAME | DIGITS | RADIX | FRACTION | IMAGINARY | BITS | 'true' | 'false'
    ;

assigned: '=' | '+=' | '-=' | '*=' | '/=' | '%=' | '**=' | '&=' | '|=' | '^=' | '<<=' | '>>=';

/* Words that begin what is refused by name are no names. */
REFUSED:
    'cal' | 'defcal' | 'defcalgrammar' | 'box' | 'delay' | 'duration' | 'stretch' | 'durationof' | 'extern' | 'array'
    | 'readonly' | 'mutable' | 'void';

PRAGMA: '#'? 'pragma' ([ \t] ~[\r\n]*)?;
ANNOTATION: '@' NAME ('.' NAME)* ([ \t] ~[\r\n]*)?;

NAME: LETTER (LETTER | [\p{Nd}])*;
DIGITS: RUN;
RADIX: '0' ([xX] HEX ('_'? HEX)* | [oO] [0-7] ('_'? [0-7])* | [bB] [01] ('_'? [01])*);
FRACTION: RUN '.' RUN? POWER? | '.' RUN POWER? | RUN POWER;
IMAGINARY: (DIGITS | FRACTION) [ \t\r\n]* 'im';
BITS: '"' [01] ('_'? [01])* '"';
QUOTED: '"' ~["\r\n]+ '"' | '\'' ~['\r\n]+ '\'';

fragment LETTER: [\p{L}\p{Nl}_];
fragment RUN: [0-9] ('_'? [0-9])*;
fragment POWER: [eE] [+-]? RUN;
fragment HEX: [0-9a-fA-F];

BLANK: [ \t\r\n]+ -> skip;
LINE_COMMENT: '//' ~[\r\n]* -> skip;
BLOCK_COMMENT: '/*' .*? '*/' -> skip;
