/**
 * The threads of libuv's pool, on which passwords are hashed, keys made and used, files read and names looked up. Of
 * Node's default, 4, logins and keys take two each (crypto) and a name that nobody answers one: files would wait behind
 * them, for seconds. Twice as many leave three to them; the cores are the scheduler's to share. An operator's own
 * number stands.
 *
 * libuv reads the variable when the pool is first used, and never again: imported before whatever uses it. On Windows it
 * reads the environment that the process was started with, and this changes nothing there.
 */
const THREADS = 8;

process.env['UV_THREADPOOL_SIZE'] ??= String(THREADS);
