import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CharStream, CommonTokenStream, InterpreterDataReader, LexerInterpreter, ParserInterpreter } from 'antlr4ng';

type InterpreterData = ReturnType<typeof InterpreterDataReader.parseInterpreterData>;

/** The generator is a program: as a library it does not load under Node alone. */
const GENERATOR = fileURLToPath(new URL('../cli/runner.js', import.meta.resolve('antlr-ng')));

/** A language by its grammar: what belongs to it, decided by ANTLR's runtime and none of this project's code. */
export class Grammar {
  /** Kept: what they have learnt about the grammar is most of the work of reading a short program. */
  private readonly lexer: LexerInterpreter;
  private readonly parser: ParserInterpreter;
  private complaints: string[] = [];

  private constructor(lexer: InterpreterData, readonly rules: InterpreterData) {
    this.lexer = new LexerInterpreter('lexer', lexer.vocabulary, lexer.ruleNames, lexer.channels ?? [], lexer.modes ?? [], lexer.atn, CharStream.fromString(''));
    // Whoever gives the parser other tokens has it rewind those before, which are then read, if they have not been: by now
    // from the program to come, whose first token would be lost.
    const nothing = new CommonTokenStream(this.lexer);
    nothing.fill();
    this.parser = new ParserInterpreter('parser', rules.vocabulary, rules.ruleNames, rules.atn, nothing);
    for (const recogniser of [this.lexer, this.parser]) {
      recogniser.removeErrorListeners();
      recogniser.addErrorListener({
        syntaxError: (_recogniser, _symbol, line, column, message) => void this.complaints.push(`${line}:${column} ${message}`),
        reportAmbiguity: () => undefined, reportAttemptingFullContext: () => undefined, reportContextSensitivity: () => undefined,
      });
    }
  }

  /** @param file a lexer's and a parser's rules together, in the notation of ANTLR 4. The first rule is the start. */
  static compile(file: string): Grammar {
    const directory = mkdtempSync(join(tmpdir(), 'grammar-'));
    try {
      execFileSync(process.execPath, [GENERATOR, '-Dlanguage=TypeScript', '-o', directory, file], { stdio: ['ignore', 'ignore', 'inherit'] });
      const dataOf = (suffix: string): InterpreterData =>
        InterpreterDataReader.parseInterpreterData(readFileSync(join(directory, `${basename(file, '.g4')}${suffix}.interp`), 'utf8'));
      return new Grammar(dataOf('Lexer'), dataOf(''));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  /** What is wrong with the source, or null for a program of the language. */
  complaintAbout(source: string): string | null {
    this.complaints = [];
    this.lexer.inputStream = CharStream.fromString(source);
    this.parser.tokenStream = new CommonTokenStream(this.lexer);
    this.parser.reset();
    this.parser.parse(0);
    return this.complaints[0] ?? null;
  }
}
