/**
 * Refuses an older Node in one sentence. Imported first, and importing nothing: a module that names an export which
 * an old Node lacks would fail to link before a single line of ours could say why.
 */
const REQUIRED_MAJOR = 24;

const major = Number(process.versions.node.split('.')[0]);
if (major < REQUIRED_MAJOR) {
  process.stderr.write(`Quantonium needs Node ${REQUIRED_MAJOR} or later and this is ${process.version}. \`npm start\` brings its own.\n`);
  process.exit(78);
}
