/** What goes between the pool and a thread: structured-clone data only. One task at a time in a thread. */

export interface ThreadStart {
  /** Module whose default export performs tasks, as a URL. */
  readonly taskFile: string;
}

/** Tasks whose results nobody wants: code that has run is compiled. */
export interface PracticeMessage {
  readonly practice: readonly unknown[];
}

/** To give up, for good, what makes workers. */
export interface GiveUpMessage {
  readonly giveUpWorkers: true;
}

export interface TaskMessage {
  readonly taskId: number;
  readonly task: unknown;
  /** One Int32: 0, or 1 once the task is to stop. Shared, so that a busy thread sees it without a message. */
  readonly cancelFlag: SharedArrayBuffer;
}

export type ThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'gave-up'; readonly hasNone: boolean }
  | { readonly kind: 'progress'; readonly taskId: number; readonly value: unknown }
  | { readonly kind: 'done'; readonly taskId: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly taskId: number; readonly name: string; readonly message: string; readonly details: unknown };

/** What a task gets beside its input. Bare tasks (`worker/` files) need not import it: its shape is all there is. */
export interface TaskContext {
  /** Whether to stop: to be asked every few milliseconds of work. Throw, or return early; the result is discarded. */
  readonly isCancelled: () => boolean;
  readonly progress: (value: unknown) => void;
  /** Buffers of the result to be moved instead of copied. */
  readonly transfer: (...buffers: ArrayBuffer[]) => void;
}
