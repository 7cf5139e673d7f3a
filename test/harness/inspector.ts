/** A process's memory through its inspector: started with `--inspect=0`, which says on stderr where it listens. */
export interface Inspector {
  /** Collects garbage, then tells which of the texts are `in a string` or `in a buffer` that something still holds. */
  retained(texts: readonly string[]): Promise<readonly string[]>;
  evaluate(expression: string): Promise<unknown>;
  close(): void;
}

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly chunk?: string };
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

export async function openInspector(output: string): Promise<Inspector> {
  const address = /Debugger listening on (ws:\/\/\S+)/.exec(output)?.[1];
  if (address === undefined) throw new Error(`no inspector listens:\n${output}`);
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error('the inspector does not answer')), { once: true });
  });
  const waiting = new Map<number, { readonly resolve: (result: Record<string, unknown>) => void; readonly reject: (error: Error) => void }>();
  let onChunk: (chunk: string) => void = () => undefined;
  let nextId = 1;
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply;
    if (reply.method === 'HeapProfiler.addHeapSnapshotChunk') onChunk(reply.params!.chunk!);
    if (reply.id === undefined) return;
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error !== undefined) caller?.reject(new Error(reply.error.message));
    else caller?.resolve(reply.result ?? {});
  });
  const send = (method: string, params: object = {}): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ id, method, params }));
    });
  const objectIdOf = (result: Record<string, unknown>, member: string): string => (result[member] as { objectId: string }).objectId;
  await send('HeapProfiler.enable');

  /** Strings: a snapshot has the first 1,024 characters of each. */
  const inStrings = async (texts: readonly string[]): Promise<readonly string[]> => {
    const found = new Set<string>();
    let tail = '';
    onChunk = (chunk) => {
      const window = tail + chunk;
      for (const text of texts) if (window.includes(text)) found.add(text);
      tail = window.slice(-256);
    };
    await send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
    return [...found];
  };

  /** Memory of buffers is not in a snapshot: every one that is reachable is searched. Nothing of the texts is put where it would be found. */
  const inBuffers = async (texts: readonly string[]): Promise<readonly string[]> => {
    const found: string[] = [];
    const prototype = await send('Runtime.evaluate', { expression: 'ArrayBuffer.prototype' });
    const { objects } = await send('Runtime.queryObjects', { prototypeObjectId: objectIdOf(prototype, 'result') });
    for (const text of texts) {
      const masked = [...Buffer.from(text)].map((byte) => byte ^ 0x5a);
      const search = `function () { const wanted = Buffer.allocUnsafeSlow(${masked.length}); ${JSON.stringify(masked)}.forEach((byte, at) => { wanted[at] = byte ^ 0x5a; });
        const at = this.filter((memory) => memory !== wanted.buffer && Buffer.from(memory).includes(wanted)).length; wanted.fill(0); return at; }`;
      const { result } = await send('Runtime.callFunctionOn', { objectId: (objects as { objectId: string }).objectId, functionDeclaration: search, returnByValue: true });
      if (Number((result as { value: number }).value) > 0) found.push(text);
    }
    return found;
  };

  return {
    retained: async (texts) => {
      for (let n = 0; n < 3; n += 1) await send('HeapProfiler.collectGarbage');
      return [...(await inStrings(texts)).map((text) => `${text} in a string`), ...(await inBuffers(texts)).map((text) => `${text} in a buffer`)];
    },
    evaluate: async (expression) => ((await send('Runtime.evaluate', { expression, returnByValue: true }))['result'] as { value: unknown }).value,
    close: () => socket.close(),
  };
}
