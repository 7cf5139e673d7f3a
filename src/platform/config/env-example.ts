import { VARIABLES, type Variable, type VariableName } from './variables.js';

const HEAD = `# Every variable that Quantonium reads, with its default. Generated from src/platform/config/variables.ts by
# \`npm run golden\`. None is needed to begin: \`npm start\` works without any.
#
# A value can stand elsewhere instead (docs/secrets.md): in a file, PORT_FILE=/run/secrets/port; in a systemd credential
# or in a file of SECRETS_DIR, each under the name of its variable; in Vault or OpenBao, PORT=vault:kv/quantonium#port.
# A file must be regular and not writable by its group or others. Giving one value in two places is refused.
`;

const COLUMNS = 110;

/** `.env.example`: a golden file. */
export function renderEnvExample(): string {
  let group = '';
  const blocks = (Object.keys(VARIABLES) as VariableName[]).map((name) => {
    const variable: Variable<unknown> = VARIABLES[name];
    const title = variable.group === group ? '' : `\n# ---- ${variable.group} ${'-'.repeat(COLUMNS - variable.group.length - 8)}\n`;
    group = variable.group;
    const notes = [variable.description, ...(variable.shownDefault === undefined ? [] : [`Default: ${variable.shownDefault}.`]), ...(variable.isSecret === true ? ['Secret.'] : [])];
    const value = variable.shownDefault === undefined ? (variable.byDefault ?? '') : '';
    return `${title}\n${wrapped(notes.join(' '))}\n#${name}=${value}\n`;
  });
  return HEAD + blocks.join('');
}

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line.length + word.length + 3 > COLUMNS) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => `# ${line}`).join('\n');
}
