import type { NativeHandle } from '../../addon/addon.ts';
import {
  CLIENT_OUTCOMES,
  CLIENT_PHASES,
  CLIENT_STATE,
  type ClientOutcome,
  type NativeClientExports,
} from '../../addon/client-session.ts';
import {
  answerCompressed,
  answerMalformed,
  answerTooLarge,
  connectionBroke,
  streamReset,
  wrongNumberOfAnswers,
} from '../http2/failures.ts';
import { NumberedTable, type Numbered } from '../http2/numbered-table.ts';
import type { Session, SessionCall } from '../http2/session.ts';
import type { TransportFailure } from '../transport.ts';
import { judgeFields } from './answer-fields.ts';

/** Octets for outcomes; more of them, or larger ones, are fetched one by one. */
const RESULTS = 65_536;
/** Numbers before the payload of an outcome. */
const RECORD_WORDS = 4;
const LARGEST_TIMEOUT = 2 ** 31 - 1;

class Call implements Numbered<Call> {
  readonly id: number;
  readonly call: SessionCall;
  next: Call | undefined;

  constructor(id: number, call: SessionCall) {
    this.id = id;
    this.call = call;
  }
}

/** The end of an HTTP/2 connection that nghttp2 has in the addon. See `Session`. */
export class NativeSession implements Session {
  readonly #addon: NativeClientExports;
  readonly #handle: NativeHandle;
  readonly #calls = new NumberedTable<Call>();
  readonly #words = new Uint32Array(CLIENT_STATE.length);
  readonly #state = new Uint8Array(this.#words.buffer);
  readonly #results = Buffer.allocUnsafeSlow(RESULTS);
  readonly #resultWords = new Uint32Array(this.#results.buffer);
  /** Why the connection was lost, for the calls that hear of it. */
  #loss = connectionBroke();

  constructor(addon: NativeClientExports) {
    this.#addon = addon;
    this.#handle = addon.clientSessionCreate();
  }

  get phase(): Session['phase'] {
    return CLIENT_PHASES[this.#words[0] ?? 0] ?? 'failed';
  }

  get running(): number {
    return this.#words[1] ?? 0;
  }

  get mayStart(): boolean {
    return this.#words[2] === 1;
  }

  get hasOutput(): boolean {
    return this.#words[3] === 1;
  }

  start(call: SessionCall): number {
    const timeout = Math.min(LARGEST_TIMEOUT, Math.max(0, Math.ceil(call.timeoutMs)));
    const id = this.#addon.clientSessionStart(
      this.#handle,
      call.path,
      call.request,
      timeout,
      this.#state,
    );
    if (id > 0) this.#calls.add(new Call(id, call));
    else call.unprocessed(false);
    return id;
  }

  cancel(id: number): void {
    const found = this.#calls.get(id);
    if (found === undefined) return;
    this.#calls.delete(found);
    this.#addon.clientSessionCancel(this.#handle, id, this.#state);
  }

  receive(bytes: Buffer): void {
    this.#hand(this.#addon.clientSessionReceive(this.#handle, bytes, this.#results, this.#state));
  }

  write(into: Buffer): number {
    const length = this.#addon.clientSessionWrite(this.#handle, into, this.#state);
    this.#handWaiting();
    return length;
  }

  retire(): void {
    this.#addon.clientSessionRetire(this.#handle, this.#state);
  }

  lost(failure: TransportFailure): void {
    this.#loss = failure;
    this.#addon.clientSessionLost(this.#handle, this.#state);
    this.#handWaiting();
  }

  /** Gives `count` outcomes to their calls, then the ones that did not fit. */
  #hand(count: number): void {
    let word = 0;
    for (let index = 0; index < count; index += 1) {
      const id = this.#resultWords[word] ?? 0;
      const kind = this.#resultWords[word + 1] ?? 0;
      const detail = this.#resultWords[word + 2] ?? 0;
      const length = this.#resultWords[word + 3] ?? 0;
      word += RECORD_WORDS;
      this.#end(id, CLIENT_OUTCOMES[kind] ?? 'broken', detail, this.#payload(word * 4, length));
      word += Math.ceil(length / 4);
    }
    this.#handWaiting();
  }

  #handWaiting(): void {
    if (this.#words[4] === 0) return;
    this.#hand(this.#addon.clientSessionTake(this.#handle, this.#results, this.#state));
  }

  /** A copy: the results are written over by the next outcomes. */
  #payload(start: number, length: number): Buffer {
    const payload = Buffer.allocUnsafe(length);
    if (start + length > RESULTS) {
      this.#addon.clientSessionTakePayload(this.#handle, payload, this.#state);
    } else {
      this.#results.copy(payload, 0, start, start + length);
    }
    return payload;
  }

  #end(id: number, kind: ClientOutcome, detail: number, payload: Buffer): void {
    const found = this.#calls.get(id);
    if (found === undefined) return;
    this.#calls.delete(found);
    const { call } = found;
    switch (kind) {
      case 'answered':
        call.answered(payload);
        return;
      case 'unprocessed':
        call.unprocessed(detail === 1);
        return;
      case 'headers':
        call.failed(judgeFields(payload));
        return;
      case 'reset':
        call.failed(streamReset(detail));
        return;
      case 'tooLarge':
        call.failed(answerTooLarge());
        return;
      case 'compressed':
        call.failed(answerCompressed());
        return;
      case 'tooMany':
        call.failed(wrongNumberOfAnswers());
        return;
      case 'malformed':
        call.failed(answerMalformed('it breaks the protocol'));
        return;
      case 'broken':
        call.failed(this.#loss);
    }
  }
}
