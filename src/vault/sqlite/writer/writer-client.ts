import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BrokerError } from '../../../errors/index.ts';
import { FieldWriter } from './fields.ts';
import type {
  Finished,
  FromWriter,
  SentFailure,
  ToWriter,
  WriterStart,
  WriterState,
} from './messages.ts';
import { writeRequest } from './request-message.ts';
import type { WriteRequest } from './request.ts';

/** What may happen in the writer's thread that an operator should see. */
export type WriterNotice =
  | { readonly kind: 'trouble'; readonly failure: SentFailure }
  | { readonly kind: 'recovered' }
  | { readonly kind: 'lost'; readonly reason: string };

export interface WriterClientOptions {
  readonly start: WriterStart;
  readonly notice: (notice: WriterNotice) => void;
  /** Is told how long each commit took, in milliseconds. Must not throw. Default: nobody. */
  readonly commitTook?: (milliseconds: number) => void;
  /** A monotonic clock in milliseconds. */
  readonly monotonic: () => number;
  /** Starts the thread. Default: the real one. */
  readonly spawn?: (start: WriterStart) => WriterThread;
}

/** What is used of a thread. */
export type WriterThread = Pick<Worker, 'on' | 'once' | 'postMessage' | 'terminate'>;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: BrokerError) => void;
  readonly bytes: number;
}

/** Requests, and bytes of them, that may wait for the disk. */
const QUEUE_LIMIT = { requests: 10_000, bytes: 64 * 1024 * 1024 } as const;

/** How long a shredding may keep its caller waiting: what it belongs to is on the disk already. */
const SHRED_PATIENCE_MS = 2000;

/** How long the end may take: a last checkpoint of the largest log takes far less, a dead disk forever. */
const CLOSE_PATIENCE_MS = 10_000;

/** A thread that has died is not replaced more often than this. */
const RESTART_AFTER_MS = 1000;

/**
 * The near end of the writer's thread. Requests of one turn of the event loop go there in one message, without waiting for
 * more, and come back in the order they went. When the thread dies, what it had is answered with VAULT_UNAVAILABLE, and
 * the next request gets a new thread.
 */
export class WriterClient {
  readonly #options: WriterClientOptions;
  readonly #fields = new FieldWriter();
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #shredding = new Set<Waiting>();
  #flush: NodeJS.Immediate | undefined;
  #worker: WriterThread | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  #state: WriterState = { keys: 0, shredPending: false };
  /** It was open once: before that, its end is a refusal to open, which the caller of `open` is told. */
  #opened = false;
  #ended = false;

  constructor(options: WriterClientOptions) {
    this.#options = options;
  }

  get state(): WriterState {
    return this.#state;
  }

  /** Starts the thread; resolves when the vault is open, rejects with what kept it from opening. */
  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#spawn(this.#options.start, { onOpened: resolve, onRefused: reject });
    });
  }

  /** Resolves when the request is on the disk. Takes copies of all bytes before it returns. */
  submit(request: WriteRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const { requests, bytes } = QUEUE_LIMIT;
      if (this.#ended) throw unavailable('the vault is closed');
      if (this.#waiting.length >= requests || this.#waitingBytes >= bytes) {
        throw new BrokerError('QUEUE_FULL', 'too many changes wait for the disk');
      }
      this.#respawn();
      const before = this.#fields.length;
      writeRequest(this.#fields, request);
      const waiting = { resolve, reject, bytes: this.#fields.length - before };
      this.#waiting.push(waiting);
      this.#waitingBytes += waiting.bytes;
      this.#flush ??= setImmediate(() => {
        this.#post();
      });
    });
  }

  /** Waits for what is under way, has the log cut off, and ends the thread. */
  async close(): Promise<void> {
    this.#ended = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#post();
    worker.postMessage({ kind: 'close' } satisfies ToWriter);
    await new Promise<void>((resolve) => {
      const patience = setTimeout(() => {
        // Only a disk that does not answer gets here. The thread ends when the disk lets go of it.
        this.#lose(worker, 'it does not end');
        worker.terminate().catch(() => undefined);
        resolve();
      }, CLOSE_PATIENCE_MS);
      worker.once('exit', () => {
        clearTimeout(patience);
        resolve();
      });
    });
  }

  #post(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    if (this.#fields.isEmpty) return;
    const requests = this.#fields.take();
    this.#worker?.postMessage({ kind: 'requests', requests } satisfies ToWriter, [
      requests.bytes.buffer,
    ]);
  }

  #spawn(
    start: WriterStart,
    opening: {
      readonly onOpened: () => void;
      readonly onRefused: (error: BrokerError) => void;
    },
  ): void {
    const worker = (this.#options.spawn ?? spawnWriter)(start);
    this.#worker = worker;
    this.#startedAt = this.#options.monotonic();
    let reason = 'it has ended';
    worker.on('message', (message: FromWriter) => {
      // Answers count requests: those of a thread that was given up must not be taken for its successor's.
      if (this.#worker !== worker) return;
      if (message.kind === 'opened') opening.onOpened();
      if (message.kind === 'refused') opening.onRefused(received(message.failure));
      this.#receive(message);
    });
    worker.on('error', (error) => {
      // What the thread has sent before is still on its way, and comes before the exit.
      reason = error instanceof Error ? error.message : 'an unknown error';
    });
    worker.once('exit', () => {
      opening.onRefused(unavailable('the writer has ended', new Error(reason)));
      this.#lose(worker, reason);
    });
  }

  /** Sees that there is a thread, unless the last one has only just died. */
  #respawn(): void {
    if (this.#worker !== undefined) return;
    if (this.#options.monotonic() - this.#startedAt < RESTART_AFTER_MS) {
      throw unavailable('the writer has ended');
    }
    const ignore = (): void => undefined;
    this.#spawn(
      { ...this.#options.start, counts: false, check: false },
      { onOpened: ignore, onRefused: ignore },
    );
  }

  #receive(message: FromWriter): void {
    switch (message.kind) {
      case 'finished':
        this.#finish(message);
        this.#adopt(message.state);
        break;
      case 'opened':
        this.#opened = true;
        this.#adopt(message.state);
        break;
      case 'state':
        this.#adopt(message.state);
        break;
      case 'refused':
      case 'closed':
        break;
    }
  }

  #finish({ count, failures, shredding, commitMs }: Finished): void {
    this.#options.commitTook?.(commitMs);
    const finished = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const { bytes } of finished) this.#waitingBytes -= bytes;
    for (const [i, failure] of failures) finished[i]?.reject(received(failure));
    for (const i of shredding) {
      const waiting = finished[i];
      if (waiting !== undefined) this.#awaitShredding(waiting);
    }
    // A promise that was rejected, or waits for its shredding, is not touched by this.
    const later = new Set(shredding);
    finished.forEach(({ resolve }, i) => {
      if (!later.has(i)) resolve();
    });
  }

  #awaitShredding(waiting: Waiting): void {
    this.#shredding.add(waiting);
    setTimeout(() => {
      this.#shredding.delete(waiting);
      waiting.resolve();
    }, SHRED_PATIENCE_MS).unref();
  }

  #adopt(state: WriterState): void {
    const before = this.#state.trouble?.code;
    this.#state = state;
    if (!state.shredPending) {
      for (const { resolve } of this.#shredding) resolve();
      this.#shredding.clear();
    }
    if (state.trouble?.code === before) return;
    this.#options.notice(
      state.trouble === undefined
        ? { kind: 'recovered' }
        : { kind: 'trouble', failure: state.trouble },
    );
  }

  /** The thread is gone: everything it was asked and has not answered may or may not be on the disk. */
  #lose(worker: WriterThread, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    clearImmediate(this.#flush);
    this.#flush = undefined;
    this.#fields.take();
    const lost = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { reject } of lost) reject(unavailable('the writer has ended'));
    for (const { resolve } of this.#shredding) resolve();
    this.#shredding.clear();
    if (this.#opened && !this.#ended) this.#options.notice({ kind: 'lost', reason });
  }
}

/** The module beside this one, in the form in which this one runs. */
function spawnWriter(start: WriterStart): Worker {
  const file = new URL(`./writer-thread${extname(import.meta.url)}`, import.meta.url);
  return new Worker(file, { name: 'vault writer', workerData: start, env: {} });
}

function received({ code, message, detail }: SentFailure): BrokerError {
  return new BrokerError(code, message, detail === undefined ? {} : { cause: new Error(detail) });
}

function unavailable(message: string, cause?: unknown): BrokerError {
  return new BrokerError('VAULT_UNAVAILABLE', message, { cause });
}
