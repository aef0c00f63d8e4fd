import type { AnswerHeaders } from '../http2/answer-headers.ts';
import type { ErrorCodeName } from '../http2/error-codes.ts';
import { errorCodeNumber } from '../http2/error-codes.ts';
import {
  answerMalformed,
  connectionBroke,
  MAX_ANSWER_BYTES,
  streamReset,
} from '../http2/failures.ts';
import { NumberedTable } from '../http2/numbered-table.ts';
import { outcomeOf } from '../http2/outcome.ts';
import { ProtocolError } from '../http2/protocol-error.ts';
import type { Session, SessionCall } from '../http2/session.ts';
import { TransportFailure } from '../transport.ts';
import { ControlFrames } from './control-frames.ts';
import { FrameReader, type FrameHandler } from './frame-reader.ts';
import {
  DEFAULT_WINDOW,
  FLAG,
  FRAME,
  LARGEST_STREAM,
  readUint31,
  readUint32,
  SETTING,
} from './frames.ts';
import { HeaderReader, MAX_HEADER_LIST } from './header-reader.ts';
import { Sender } from './sender.ts';
import { Stream } from './stream.ts';

/** What a server may send on one stream: an answer of the largest size with what frames add to it. So it never has to wait. */
const STREAM_WINDOW = MAX_ANSWER_BYTES + 65_536;
/** What it may send on the connection; it hears that we have read half of that before it has sent the other. */
const CONNECTION_WINDOW = 2 * STREAM_WINDOW;

/** Our own end of an HTTP/2 connection (RFC 9113) for unary gRPC calls. See `Session`. */
export class LeanSession implements Session, FrameHandler {
  readonly #streams = new NumberedTable<Stream>();
  readonly #control = new ControlFrames();
  readonly #sender = new Sender();
  readonly #headers = new HeaderReader();
  readonly #frames = new FrameReader(this);
  #phase: Session['phase'] = 'greeting';
  #nextId = 1;
  #maxStreams = Infinity;
  /** Octets of DATA frames since we last enlarged the window of the connection. */
  #received = 0;
  /** The stream whose header block goes on in the next frame, and what its first frame said. */
  #unfinished: { readonly stream: number; readonly flags: number } | undefined;

  constructor() {
    const window = { stream: STREAM_WINDOW, growth: CONNECTION_WINDOW - DEFAULT_WINDOW };
    this.#control.hello(window, MAX_HEADER_LIST);
  }

  get phase(): Session['phase'] {
    return this.#phase;
  }

  get running(): number {
    return this.#streams.size;
  }

  get mayStart(): boolean {
    return this.#phase === 'open' && this.#streams.size < this.#maxStreams;
  }

  get hasOutput(): boolean {
    return this.#control.waiting || (this.#phase !== 'failed' && this.#sender.hasOutput);
  }

  start(call: SessionCall): number {
    const stream = new Stream(this.#nextId, call, this.#sender.initialWindow);
    this.#nextId += 2;
    this.#streams.add(stream);
    this.#sender.start(stream);
    // The next call needs a new connection (RFC 9113 §5.1.1).
    if (this.#nextId > LARGEST_STREAM) this.#phase = 'retiring';
    return stream.id;
  }

  cancel(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#guard(() => {
      this.#drop(stream, 'CANCEL');
    });
  }

  receive(bytes: Buffer): void {
    if (this.#phase === 'failed') return;
    this.#guard(() => {
      this.#frames.read(bytes);
    });
  }

  write(into: Buffer): number {
    const position = this.#control.write(into);
    return this.#control.waiting || this.#phase === 'failed'
      ? position
      : this.#sender.write(into, position);
  }

  retire(): void {
    if (this.#phase === 'open' || this.#phase === 'greeting') this.#phase = 'retiring';
  }

  lost(failure: TransportFailure): void {
    this.#phase = 'failed';
    for (const stream of this.#streams.all()) {
      this.#forget(stream);
      if (stream.written) stream.call.failed(failure);
      else stream.call.unprocessed(false);
    }
  }

  frame(
    type: number,
    flags: number,
    stream: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): void {
    if (this.#unfinished !== undefined && type !== FRAME.continuation) {
      throw protocolError('another frame inside of a header block');
    }
    // The server's part of the connection preface (RFC 9113 §3.4).
    if (this.#phase === 'greeting' && type !== FRAME.settings) {
      throw protocolError('the first frame is not SETTINGS');
    }
    switch (type) {
      case FRAME.data:
        this.#onData(flags, stream, bytes, start, end);
        return;
      case FRAME.headers:
        this.#onHeaders(flags, stream, bytes, start, end);
        return;
      case FRAME.continuation:
        this.#onContinuation(flags, stream, bytes, start, end);
        return;
      case FRAME.rstStream:
        this.#onReset(stream, bytes, start, end);
        return;
      case FRAME.settings:
        this.#onSettings(flags, stream, bytes, start, end);
        return;
      case FRAME.ping:
        onConnection(stream);
        ofSize(end - start, 8);
        if ((flags & FLAG.ack) === 0) this.#control.pingAck(bytes, start);
        return;
      case FRAME.goaway:
        this.#onGoaway(stream, bytes, start, end);
        return;
      case FRAME.windowUpdate:
        this.#onWindowUpdate(stream, bytes, start, end);
        return;
      case FRAME.priority:
        ofSize(end - start, 5);
        onStream(stream);
        return;
      case FRAME.pushPromise:
        throw protocolError('PUSH_PROMISE, which we have switched off');
      default:
      // Extensions are ignored (RFC 9113 §5.5).
    }
  }

  #onData(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    this.#onFlow(end - start);
    const stream = this.#openStream(id);
    const content = contentOf(flags, bytes, start, end);
    if (stream === undefined) return;
    stream.received += end - start;
    if (stream.received > STREAM_WINDOW) {
      this.#refuse(stream, 'FLOW_CONTROL_ERROR', answerMalformed('it exceeds its window'));
      return;
    }
    const { head } = stream;
    if (head === undefined) {
      this.#refuse(stream, 'PROTOCOL_ERROR', answerMalformed('data before headers'));
      return;
    }
    // What is not gRPC has no messages; the trailers, or the HTTP status, will say what it is.
    if (head.grpc && head.httpStatus === 200) {
      const refusal = stream.message.read(bytes, content.start, content.end);
      if (refusal !== undefined) {
        this.#refuse(stream, 'CANCEL', refusal);
        return;
      }
    }
    if ((flags & FLAG.endStream) !== 0) this.#end(stream, head, undefined);
  }

  /** The window of the connection, which counts frames of streams that have gone as well. */
  #onFlow(octets: number): void {
    this.#received += octets;
    if (this.#received < CONNECTION_WINDOW / 2) return;
    this.#control.windowUpdate(this.#received);
    this.#received = 0;
  }

  #onHeaders(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    this.#openStream(id);
    const content = contentOf(flags, bytes, start, end);
    if ((flags & FLAG.priority) !== 0) content.start += 5;
    if (content.start > content.end) throw protocolError('padding longer than its frame');
    if ((flags & FLAG.endHeaders) === 0) {
      this.#headers.keep(bytes, content.start, content.end);
      this.#unfinished = { stream: id, flags };
      return;
    }
    this.#onBlock(id, flags, this.#headers.finish(bytes, content.start, content.end));
  }

  #onContinuation(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const first = this.#unfinished;
    if (first?.stream !== id) throw protocolError('CONTINUATION of nothing');
    if ((flags & FLAG.endHeaders) === 0) {
      this.#headers.keep(bytes, start, end);
      return;
    }
    this.#unfinished = undefined;
    this.#onBlock(id, first.flags, this.#headers.finish(bytes, start, end));
  }

  #onBlock(id: number, flags: number, headers: AnswerHeaders | undefined): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    const ends = (flags & FLAG.endStream) !== 0;
    if (headers === undefined) {
      this.#refuse(stream, 'PROTOCOL_ERROR', answerMalformed('its header fields'));
    } else if (stream.head !== undefined) {
      if (ends && headers.httpStatus === undefined) this.#end(stream, stream.head, headers);
      else this.#refuse(stream, 'PROTOCOL_ERROR', answerMalformed('its trailers'));
    } else if (headers.httpStatus === undefined) {
      this.#refuse(stream, 'PROTOCOL_ERROR', answerMalformed('no HTTP status'));
    } else if (headers.httpStatus < 200) {
      // An interim answer; the final one follows (RFC 9110 §15.2).
      if (ends) this.#refuse(stream, 'PROTOCOL_ERROR', answerMalformed('it ends before it begins'));
    } else if (ends) {
      this.#end(stream, headers, headers);
    } else {
      stream.head = headers;
    }
  }

  #onReset(id: number, bytes: Buffer, start: number, end: number): void {
    ofSize(end - start, 4);
    const stream = this.#openStream(id);
    if (stream === undefined) return;
    const code = readUint32(bytes, start);
    this.#forget(stream);
    if (code === errorCodeNumber('REFUSED_STREAM')) stream.call.unprocessed(true);
    else stream.call.failed(streamReset(code));
  }

  #onSettings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    onConnection(id);
    if ((flags & FLAG.ack) !== 0) {
      ofSize(end - start, 0);
      if (this.#phase === 'greeting') throw protocolError('the first SETTINGS are an answer');
      return;
    }
    if ((end - start) % 6 !== 0) throw frameSizeError();
    for (let at = start; at < end; at += 6) {
      this.#setting(bytes.readUInt16BE(at), readUint32(bytes, at + 2));
    }
    this.#control.settingsAck();
    if (this.#phase === 'greeting') this.#phase = 'open';
  }

  #setting(setting: number, value: number): void {
    switch (setting) {
      case SETTING.maxConcurrentStreams:
        this.#maxStreams = value;
        return;
      case SETTING.initialWindowSize:
        this.#sender.setInitialWindow(value, this.#streams.all());
        return;
      case SETTING.maxFrameSize:
        this.#sender.setFrameSize(value);
        return;
      case SETTING.enablePush:
        if (value !== 0) throw protocolError('a server that wants to be pushed to');
        return;
      default:
      // The table size is the encoder's, which uses none; a limit of header lists is never met by our few fields.
    }
  }

  #onGoaway(id: number, bytes: Buffer, start: number, end: number): void {
    onConnection(id);
    if (end - start < 8) throw frameSizeError();
    const last = readUint31(bytes, start);
    this.retire();
    for (const stream of this.#streams.all()) {
      if (stream.id <= last) continue;
      this.#forget(stream);
      stream.call.unprocessed(stream.written);
    }
  }

  #onWindowUpdate(id: number, bytes: Buffer, start: number, end: number): void {
    ofSize(end - start, 4);
    const octets = readUint31(bytes, start);
    if (id === 0) {
      if (octets === 0) throw protocolError('a window that grows by nothing');
      this.#sender.grow(octets);
      return;
    }
    const stream = this.#openStream(id);
    if (stream === undefined) return;
    if (octets === 0) {
      this.#refuse(stream, 'PROTOCOL_ERROR', answerMalformed('a window that grows by nothing'));
    } else if (!this.#sender.growStream(stream, octets)) {
      this.#refuse(stream, 'FLOW_CONTROL_ERROR', answerMalformed('its window overflows'));
    }
  }

  /** The stream of a frame; undefined: it has ended, and what was under way for it is to be ignored. */
  #openStream(id: number): Stream | undefined {
    const stream = this.#streams.get(id);
    // Only we open streams, with odd numbers (RFC 9113 §5.1.1).
    if (stream === undefined && (id % 2 === 0 || id >= this.#nextId)) {
      throw protocolError('a frame of a stream that was never opened');
    }
    return stream;
  }

  /** The server has said all it has to say. */
  #end(stream: Stream, head: AnswerHeaders, last: AnswerHeaders | undefined): void {
    // It may have answered without waiting for the whole request; the rest is not wanted.
    if (this.#sender.unfinished(stream)) this.#control.reset(stream.id, 'NO_ERROR');
    this.#forget(stream);
    const outcome = stream.message.partial
      ? answerMalformed('it ends within a message')
      : outcomeOf(head, last, stream.message.message);
    if (outcome instanceof TransportFailure) stream.call.failed(outcome);
    else stream.call.answered(outcome);
  }

  #refuse(stream: Stream, code: ErrorCodeName, failure: TransportFailure): void {
    this.#drop(stream, code);
    stream.call.failed(failure);
  }

  /** Ends a stream from our side; of one that has sent nothing the server need not know. */
  #drop(stream: Stream, code: ErrorCodeName): void {
    this.#forget(stream);
    if (stream.written) this.#control.reset(stream.id, code);
  }

  #forget(stream: Stream): void {
    this.#streams.delete(stream);
    this.#sender.remove(stream);
  }

  /** Does a step, and ends the connection when the step finds that the server breaks the protocol. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.lost(connectionBroke(error));
      // Nothing else is sent any more: what waits may be what was too much.
      this.#control.clear();
      this.#control.goaway(error instanceof ProtocolError ? error.code : 'INTERNAL_ERROR');
    }
  }
}

interface Content {
  start: number;
  end: number;
}

/** Where the content of a frame is that may be padded (RFC 9113 §6.1). */
function contentOf(flags: number, bytes: Buffer, start: number, end: number): Content {
  if ((flags & FLAG.padded) === 0) return { start, end };
  if (start === end) throw frameSizeError();
  const content = { start: start + 1, end: end - (bytes[start] ?? 0) };
  if (content.start > content.end) throw protocolError('padding longer than its frame');
  return content;
}

function onConnection(stream: number): void {
  if (stream !== 0) throw protocolError('a frame of the connection on a stream');
}

function onStream(stream: number): void {
  if (stream === 0) throw protocolError('a frame of a stream on the connection');
}

function ofSize(length: number, expected: number): void {
  if (length !== expected) throw frameSizeError();
}

function frameSizeError(): ProtocolError {
  return new ProtocolError('FRAME_SIZE_ERROR', 'a frame of a wrong size');
}

function protocolError(what: string): ProtocolError {
  return new ProtocolError('PROTOCOL_ERROR', what);
}
