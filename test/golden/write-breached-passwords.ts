import { readFileSync, writeFileSync } from 'node:fs';
import { fold, shortHashOf } from '../../src/modules/auth/domain/breached-passwords.js';

/**
 * Makes src/modules/auth/domain/breached-passwords.data.ts from a JSON list of passwords, the most common first:
 *
 *   node dist/test/golden/write-breached-passwords.js passwords.json
 *
 * The list that ships was made from `src/passwords.json` of @zxcvbn-ts/language-common 4.1.3 (MIT; © 2012–2016 Dan Wheeler
 * and Dropbox, Inc., © 2021 @zxcvbn-ts), which was counted from published leaks. It is run by hand, with the package
 * fetched by hand: nothing of it is a dependency.
 */
const TARGET = 'src/modules/auth/domain/breached-passwords.data.ts';
/** What is shorter is refused for its length, also with digits behind it. */
const CHARACTERS_MIN = 6;

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('name the list');
const listed = JSON.parse(readFileSync(source, 'utf8')) as readonly string[];
const folded = [...new Set(listed.map(fold))].filter((text) => [...text].length >= CHARACTERS_MIN);
const hashes = [...new Set(folded.map((text) => shortHashOf(text).toString('hex')))].sort();
writeFileSync(TARGET, `/* Written by test/golden/write-breached-passwords.ts, which names source and licence: ${hashes.length} short hashes in order. */\nexport const BREACHED = '${Buffer.from(hashes.join(''), 'hex').toString('base64')}';\n`);
process.stdout.write(`${hashes.length} of ${listed.length} passwords\n`);
