/**
 * What is looked for in a process's memory: a secret in every form in which it may lie there. Given as text it is looked
 * for as it is, in hex and in base64 however it is aligned; given as bytes, as those and in the same two.
 */
export interface Sought {
  readonly name: string;
  readonly secret: string | Uint8Array;
}

/** A process's memory through its inspector: started with `--inspect=0`, which says on stderr where it listens. */
export interface Inspector {
  /** Collects garbage, then tells which are `in a string` or `in a buffer` that something still holds, in whichever thread. */
  retained(sought: readonly Sought[]): Promise<readonly string[]>;
  /** In the main thread, or in another one by its number. */
  evaluate(expression: string, thread?: number): Promise<unknown>;
  close(): void;
}

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly chunk?: string; readonly sessionId?: string; readonly message?: string };
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Of one thread. */
interface Session {
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  receive(text: string): void;
  onEvent: (event: Reply) => void;
}

function sessionOver(transmit: (text: string) => void): Session {
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  let nextId = 1;
  const session: Session = {
    onEvent: () => undefined,
    send: (method, params = {}) => {
      const reply = Promise.withResolvers<Record<string, unknown>>();
      waiting.set(nextId, reply);
      transmit(JSON.stringify({ id: nextId++, method, params }));
      return reply.promise;
    },
    receive: (text) => {
      const reply = JSON.parse(text) as Reply;
      if (reply.id === undefined) return session.onEvent(reply);
      const caller = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (reply.error !== undefined) caller?.reject(new Error(reply.error.message));
      else caller?.resolve(reply.result ?? {});
    },
  };
  return session;
}

/** The shortest piece of base64 that is looked for; of a secret so short that no piece of it is this long, none is. */
const BASE64_MIN = 16;

/** Of bytes that stand anywhere in what was encoded: without the characters that the neighbours have a part in. */
function base64Pieces(bytes: Uint8Array): readonly string[] {
  const pieces = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return text.slice(shift === 0 ? 0 : shift + 1, Math.floor(((shift + bytes.length) * 8) / 6));
  });
  return pieces.filter(({ length }) => length >= BASE64_MIN).flatMap((piece) => [piece, piece.replaceAll('+', '-').replaceAll('/', '_')]);
}

function textsOf({ secret }: Sought): readonly string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  return [...new Set([...(typeof secret === 'string' ? [secret] : []), hex, hex.toUpperCase(), ...base64Pieces(bytes)])];
}

/** Texts lie in buffers as UTF-8, and as UTF-16 where something made two bytes of each character. */
function bytesOf(sought: Sought): readonly Uint8Array[] {
  const texts = textsOf(sought).flatMap((text) => [Buffer.from(text), Buffer.from(text, 'utf16le')]);
  return typeof sought.secret === 'string' ? texts : [sought.secret, ...texts];
}

const escaped = (text: string): string => text.replaceAll(/[^a-z0-9]/gi, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Strings: a snapshot, which is taken after a collection, has the first 1,024 characters of each. */
async function inStrings(session: Session, sought: readonly Sought[]): Promise<readonly string[]> {
  const forms = sought.flatMap((one) => textsOf(one).map((text) => ({ name: one.name, text })));
  const overlap = Math.max(0, ...forms.map(({ text }) => text.length));
  const found = new Set<string>();
  const first = new RegExp([...new Set(forms.map(({ text }) => escaped(text.slice(0, 8))))].join('|'), 'g');
  let [tail, areStrings] = ['', false];
  session.onEvent = ({ method, params }) => {
    if (method !== 'HeapProfiler.addHeapSnapshotChunk') return;
    const window = tail + params!.chunk!;
    tail = window.slice(-overlap);
    // They come last, after numbers of ten times their size.
    areStrings ||= window.includes('"strings":[');
    if (!areStrings) return;
    for (const { index } of window.matchAll(first)) for (const { name, text } of forms) if (window.startsWith(text, index)) found.add(name);
  };
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  return [...found];
}

/** Memory of buffers is not in a snapshot: every one that is reachable is searched. Nothing that is sought is put where it would be found. */
async function inBuffers(session: Session, sought: readonly Sought[]): Promise<readonly string[]> {
  const reachable = async (prototype: string): Promise<string> => {
    const { result } = await session.send('Runtime.evaluate', { expression: prototype });
    const { objects } = await session.send('Runtime.queryObjects', { prototypeObjectId: (result as { objectId: string }).objectId });
    return (objects as { objectId: string }).objectId;
  };
  const call = async (objectId: string, functionDeclaration: string): Promise<unknown> => {
    const answer = await session.send('Runtime.callFunctionOn', { objectId, functionDeclaration, returnByValue: true });
    if (answer['exceptionDetails'] !== undefined) throw new Error(JSON.stringify(answer['exceptionDetails']));
    return (answer['result'] as { value: unknown }).value;
  };
  // A short one has its bytes within itself until somebody asks for its memory.
  await call(await reachable('Object.getPrototypeOf(Uint8Array.prototype)'), 'function () { return this.filter((bytes) => ArrayBuffer.isView(bytes) && bytes.buffer.byteLength > 0).length; }');
  const masked = sought.flatMap((one, index) => bytesOf(one).map((bytes) => ({ index, masked: Buffer.from(bytes.map((byte) => byte ^ 0x5a)).toString('base64') })));
  // A pass over all bytes for all that is sought: who begins with none of their first three bytes is none of them.
  const search = `function () {
    const { Buffer } = process.getBuiltinModule('node:buffer');
    const unmask = (text) => { const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text, 'base64')); bytes.write(text, 'base64'); for (let at = 0; at < bytes.length; at += 1) bytes[at] ^= 0x5a; return bytes; };
    const found = new Set();
    const needles = ${JSON.stringify(masked)}.map(({ index, masked }) => ({ index, bytes: unmask(masked) }));
    const own = new Set(needles.map(({ bytes }) => bytes.buffer));
    const begins = new Uint8Array(1 << 24);
    const byStart = Map.groupBy(needles, ({ bytes }) => (bytes[0] << 16) | (bytes[1] << 8) | bytes[2]);
    for (const start of byStart.keys()) begins[start] = 1;
    own.add(begins.buffer);
    const scan = (whole) => {
      let start = 0;
      for (let at = 0; at < whole.length; at += 1) {
        start = ((start << 8) | whole[at]) & 0xffffff;
        if (begins[start] === 0 || at < 2) continue;
        for (const { index, bytes } of byStart.get(start)) {
          if (whole.compare(bytes, 0, bytes.length, at - 2, Math.min(whole.length, at - 2 + bytes.length)) === 0) found.add(index);
        }
      }
    };
    for (const memory of this) {
      if (!(memory instanceof ArrayBuffer) || own.has(memory) || memory.detached) continue;
      scan(Buffer.from(memory));
    }
    for (const { bytes } of needles) bytes.fill(0);
    return [...found];
  }`;
  return ((await call(await reachable('ArrayBuffer.prototype'), search)) as number[]).map((index) => sought[index]!.name);
}

async function connected(output: string): Promise<WebSocket> {
  const address = /Debugger listening on (ws:\/\/\S+)/.exec(output)?.[1];
  if (address === undefined) throw new Error(`no inspector listens:\n${output}`);
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error('the inspector does not answer')), { once: true });
  });
  return socket;
}

export async function openInspector(output: string): Promise<Inspector> {
  const socket = await connected(output);
  const main = sessionOver((text) => socket.send(text));
  socket.addEventListener('message', ({ data }) => main.receive(String(data)));

  /** Those of the threads that run now. */
  const threads = async (): Promise<readonly Session[]> => {
    const found = new Map<string, Session>();
    main.onEvent = ({ method, params }) => {
      const id = params?.sessionId ?? '';
      if (method === 'NodeWorker.attachedToWorker') found.set(id, sessionOver((message) => void main.send('NodeWorker.sendMessageToWorker', { sessionId: id, message })));
      if (method === 'NodeWorker.receivedMessageFromWorker') found.get(id)?.receive(params!.message!);
    };
    await main.send('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return [...found.values()];
  };

  const retainedBy = async (session: Session, sought: readonly Sought[]): Promise<readonly string[]> => {
    await session.send('HeapProfiler.enable');
    for (let n = 0; n < 3; n += 1) await session.send('HeapProfiler.collectGarbage');
    return [...(await inStrings(session, sought)).map((name) => `${name} in a string`), ...(await inBuffers(session, sought)).map((name) => `${name} in a buffer`)];
  };

  return {
    retained: async (sought) => {
      const found = [...(await retainedBy(main, sought))];
      for (const [at, thread] of (await threads()).entries()) found.push(...(await retainedBy(thread, sought)).map((place) => `${place} of thread ${at + 1}`));
      await main.send('NodeWorker.disable');
      return found;
    },
    evaluate: async (expression, thread = 0) => {
      const session = thread === 0 ? main : (await threads())[thread - 1]!;
      const { result } = await session.send('Runtime.evaluate', { expression, returnByValue: true });
      if (thread !== 0) await main.send('NodeWorker.disable');
      return (result as { value: unknown }).value;
    },
    close: () => socket.close(),
  };
}
