/**
 * Variables by which whoever starts a process has it run, trust or tell something else than the release: code before ours,
 * other libraries, other authorities, other ways to the same address, keys of connections in a file, headers and their
 * tokens in the log (`NODE_DEBUG=https`). Node and the C library read them before a line of ours runs, so to drop them later is
 * no help. Told by name; their values may be secrets.
 */
export const FORBIDDEN_VARIABLES: readonly string[] = [
  'GCONV_PATH',
  'LD_AUDIT',
  'LD_DEBUG',
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'LD_PROFILE',
  'NODE_COMPILE_CACHE',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_ICU_DATA',
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_REDIRECT_WARNINGS',
  'NODE_REPL_EXTERNAL_MODULE',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_ENV_PROXY',
  'NODE_USE_SYSTEM_CA',
  'NODE_V8_COVERAGE',
  'OPENSSL_CONF',
  'OPENSSL_ENGINES',
  'OPENSSL_MODULES',
  'SSLKEYLOGFILE',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
];

/** Those that are set, be it to nothing: an empty NODE_PATH is a mistake worth a sentence too. */
export function forbiddenIn(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return FORBIDDEN_VARIABLES.filter((name) => environment[name] !== undefined);
}
