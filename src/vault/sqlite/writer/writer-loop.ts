import type { BrokerError } from '../../../errors/index.ts';
import { FieldReader } from './fields.ts';
import type { Finished, FromWriter, SentFailure, ToWriter, WriterState } from './messages.ts';
import { readRequest } from './request-message.ts';
import type { WriteRequest } from './request.ts';
import type { Outcome, Writer } from './writer.ts';

/** Most requests of one commit: with more, the first of them would wait longer than the flush it saves. */
const GROUP_LIMIT = 64;

/** Pages in the log, 4 KiB each, at which they are moved into the database between two groups. */
const CHECKPOINT_PAGES = 2000;

/** Requests between two looks at the log: each look takes 40 us, and this many requests write a few hundred pages. */
const REQUESTS_PER_LOOK = 64;

/** What the loop needs of its thread. */
export interface WriterPort {
  post(message: FromWriter): void;
  /** The next message that has arrived already. */
  next(): ToWriter | undefined;
  /** Milliseconds of a clock that never goes back. */
  monotonicMs(): number;
}

/**
 * Group commit: whatever has arrived while the last group was written is the next group. A request that comes alone is
 * written at once, alone; under load the groups grow by themselves. Answers are posted before the log is tidied up.
 */
export class WriterLoop {
  readonly #writer: Writer;
  readonly #port: WriterPort;
  #requests: WriteRequest[] = [];
  #closing = false;
  #quiet = true;
  #unlooked = 0;
  #lastState: string;

  constructor(writer: Writer, port: WriterPort) {
    this.#writer = writer;
    this.#port = port;
    this.#lastState = JSON.stringify(this.state);
  }

  get state(): WriterState {
    const { keys, shredPending, trouble } = this.#writer;
    return {
      keys,
      shredPending,
      ...(trouble === undefined ? {} : { trouble: sentFailure(trouble) }),
    };
  }

  /** Works until nothing is left that has arrived. True when that was the end. */
  work(first: ToWriter): boolean {
    this.#take(first);
    this.#takeArrived();
    while (this.#requests.length > 0) {
      this.#runGroup();
      this.#takeArrived();
    }
    if (this.#closing) this.#close();
    return this.#closing;
  }

  /** For quiet times: does nothing when it was busy since the last time. True when there is more to do later. */
  tend(): boolean {
    if (this.#quiet || this.#writer.shredPending) this.#writer.tend();
    this.#quiet = true;
    const { state } = this;
    if (JSON.stringify(state) !== this.#lastState) this.#port.post({ kind: 'state', state });
    this.#lastState = JSON.stringify(state);
    return this.#writer.needsTending;
  }

  get needsTending(): boolean {
    return this.#writer.needsTending;
  }

  #take(message: ToWriter): void {
    if (message.kind === 'close') {
      this.#closing = true;
      return;
    }
    const fields = new FieldReader(message.requests);
    while (!fields.atEnd) this.#requests.push(readRequest(fields));
  }

  #takeArrived(): void {
    while (this.#requests.length < GROUP_LIMIT) {
      const message = this.#port.next();
      if (message === undefined) return;
      this.#take(message);
    }
  }

  #runGroup(): void {
    this.#quiet = false;
    const group = this.#requests.slice(0, GROUP_LIMIT);
    this.#requests = this.#requests.slice(GROUP_LIMIT);
    const startedAt = this.#port.monotonicMs();
    const outcomes = this.#writer.run(group);
    const commitMs = this.#port.monotonicMs() - startedAt;
    const shredding = this.#shred(group, outcomes);
    this.#port.post(this.#finished(outcomes, shredding, commitMs));
    this.#lookAtLog(group.length);
  }

  #lookAtLog(requests: number): void {
    this.#unlooked += requests;
    if (this.#unlooked < REQUESTS_PER_LOOK) return;
    this.#unlooked = 0;
    if (this.#writer.logPages >= CHECKPOINT_PAGES) this.#writer.checkpoint();
  }

  /** The requests whose deleted bytes are still there. */
  #shred(group: readonly WriteRequest[], outcomes: readonly Outcome[]): readonly number[] {
    const shredding = group.flatMap(({ shred }, i) =>
      shred === true && outcomes[i] === undefined ? [i] : [],
    );
    return shredding.length === 0 || this.#writer.shred() ? [] : shredding;
  }

  #finished(
    outcomes: readonly Outcome[],
    shredding: readonly number[],
    commitMs: number,
  ): Finished {
    return {
      kind: 'finished',
      count: outcomes.length,
      failures: outcomes.flatMap((outcome, i) =>
        outcome === undefined ? [] : [[i, sentFailure(outcome)] as const],
      ),
      shredding,
      commitMs,
      state: this.state,
    };
  }

  #close(): void {
    this.#writer.close();
    this.#port.post({ kind: 'closed' });
  }
}

export function sentFailure({ code, message, cause }: BrokerError): SentFailure {
  return { code, message, ...(cause instanceof Error ? { detail: cause.message } : {}) };
}
