import { ProtocolError } from '../http2/protocol-error.ts';
import {
  DEFAULT_FRAME_SIZE,
  DEFAULT_WINDOW,
  FLAG,
  FRAME,
  FRAME_HEADER,
  LARGEST_FRAME_SIZE,
  LARGEST_WINDOW,
  writeFrameHeader,
  writeUint32,
} from './frames.ts';
import { MESSAGE_PREFIX } from './message-reader.ts';
import { RequestHeaders } from './request-headers.ts';
import type { Stream } from './stream.ts';

/** Not worth a frame of its own as long as more of a message is to come. */
const SMALLEST_FRAME = 1024;

/** Sends requests as far as the windows of the server allow (RFC 9113 §5.2); what they do not allow waits. */
export class Sender {
  readonly #headers = new RequestHeaders();
  /** Streams that have sent nothing, in the order of their numbers. */
  #starting: Stream[] = [];
  /** Streams with data left and a window to send it in; each sends a frame in turn. */
  #sending: Stream[] = [];
  #window = DEFAULT_WINDOW;
  #initialWindow = DEFAULT_WINDOW;
  #frameSize = DEFAULT_FRAME_SIZE;

  get hasOutput(): boolean {
    return this.#starting.length > 0 || (this.#sending.length > 0 && this.#window > 0);
  }

  /** What a stream that begins now may send. */
  get initialWindow(): number {
    return this.#initialWindow;
  }

  start(stream: Stream): void {
    this.#starting.push(stream);
  }

  /** True when the server has not got the whole request. */
  unfinished(stream: Stream): boolean {
    return !sentAll(stream);
  }

  /** Forgets a stream that has ended. */
  remove(stream: Stream): void {
    this.#starting = without(this.#starting, stream);
    this.#sending = without(this.#sending, stream);
  }

  /** Fills the buffer from `at` on and returns where it ended. */
  write(into: Buffer, at: number): number {
    let position = at;
    let started = 0;
    for (const stream of this.#starting) {
      const behind = this.#writeHeaders(stream, into, position);
      if (behind === position) break;
      position = this.#writeData(stream, into, behind);
      if (!sentAll(stream) && stream.sendWindow > 0) this.#sending.push(stream);
      started += 1;
    }
    if (started > 0) this.#starting = this.#starting.slice(started);
    return this.#sending.length === 0 ? position : this.#writeWaiting(into, position);
  }

  /** WINDOW_UPDATE of the connection. */
  grow(octets: number): void {
    this.#window += octets;
    if (this.#window > LARGEST_WINDOW) {
      throw new ProtocolError('FLOW_CONTROL_ERROR', 'the window of the connection overflows');
    }
  }

  /** WINDOW_UPDATE of a stream. False: its window overflows, and the stream has to end. */
  growStream(stream: Stream, octets: number): boolean {
    const before = stream.sendWindow;
    stream.sendWindow += octets;
    if (before <= 0 && stream.sendWindow > 0 && stream.written && !sentAll(stream)) {
      this.#sending.push(stream);
    }
    return stream.sendWindow <= LARGEST_WINDOW;
  }

  /** SETTINGS_INITIAL_WINDOW_SIZE, which moves the windows of all streams (RFC 9113 §6.9.2). */
  setInitialWindow(octets: number, streams: Iterable<Stream>): void {
    if (octets > LARGEST_WINDOW) {
      throw new ProtocolError('FLOW_CONTROL_ERROR', 'an initial window beyond the largest');
    }
    const growth = octets - this.#initialWindow;
    this.#initialWindow = octets;
    for (const stream of streams) {
      if (!this.growStream(stream, growth)) {
        throw new ProtocolError('FLOW_CONTROL_ERROR', 'the window of a stream overflows');
      }
    }
    this.#sending = this.#sending.filter((stream) => stream.sendWindow > 0);
  }

  setFrameSize(octets: number): void {
    if (octets < DEFAULT_FRAME_SIZE || octets > LARGEST_FRAME_SIZE) {
      throw new ProtocolError('PROTOCOL_ERROR', 'a frame size out of bounds');
    }
    this.#frameSize = octets;
  }

  /** Returns `at` when the buffer has no room for the whole block: nothing may come in between (RFC 9113 §4.3). */
  #writeHeaders(stream: Stream, into: Buffer, at: number): number {
    const block = this.#headers.block(stream.call.path);
    const timeout = this.#headers.timeout(stream.call.timeoutMs);
    const length = block.length + timeout.length;
    if (at + FRAME_HEADER + length > into.length) return at;
    stream.written = true;
    const start = writeFrameHeader(into, at, length, FRAME.headers, FLAG.endHeaders, stream.id);
    into.set(block, start);
    into.set(timeout, start + block.length);
    return start + length;
  }

  #writeWaiting(into: Buffer, at: number): number {
    let position = at;
    while (this.#window > 0) {
      const stream = this.#sending[0];
      if (stream === undefined) break;
      const behind = this.#writeData(stream, into, position);
      if (behind === position) break;
      position = behind;
      this.#sending.shift();
      if (!sentAll(stream) && stream.sendWindow > 0) this.#sending.push(stream);
    }
    return position;
  }

  /** One DATA frame, as large as windows and buffer allow. Returns `at` when that is nothing. */
  #writeData(stream: Stream, into: Buffer, at: number): number {
    const { request } = stream.call;
    const left = MESSAGE_PREFIX + request.length - stream.sent;
    const room = into.length - at - FRAME_HEADER;
    const length = Math.min(left, room, this.#frameSize, this.#window, stream.sendWindow);
    // A window may be opened by a single octet at a time; the room of a buffer comes back at once.
    if (length <= 0 || (length === room && length < Math.min(left, SMALLEST_FRAME))) return at;
    const flags = length === left ? FLAG.endStream : 0;
    const start = writeFrameHeader(into, at, length, FRAME.data, flags, stream.id);
    copyFramed(request, stream.sent, into, start, length);
    stream.sent += length;
    stream.sendWindow -= length;
    this.#window -= length;
    return start + length;
  }
}

/** Copies `length` octets of prefix and message from position `from` on. */
function copyFramed(
  request: Uint8Array,
  from: number,
  into: Buffer,
  at: number,
  length: number,
): void {
  if (from === 0 && length === MESSAGE_PREFIX + request.length) {
    into[at] = 0;
    writeUint32(into, at + 1, request.length);
    into.set(request, at + MESSAGE_PREFIX);
    return;
  }
  let position = at;
  let offset = from;
  if (offset < MESSAGE_PREFIX) {
    const prefix = Buffer.alloc(MESSAGE_PREFIX);
    writeUint32(prefix, 1, request.length);
    const part = prefix.subarray(offset, offset + length);
    into.set(part, position);
    position += part.length;
    offset += part.length;
  }
  const start = offset - MESSAGE_PREFIX;
  into.set(request.subarray(start, start + at + length - position), position);
}

function sentAll(stream: Stream): boolean {
  return stream.sent === MESSAGE_PREFIX + stream.call.request.length;
}

function without(streams: Stream[], gone: Stream): Stream[] {
  return streams.includes(gone) ? streams.filter((stream) => stream !== gone) : streams;
}
