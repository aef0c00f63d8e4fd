import { errorCodeNumber, type ErrorCodeName } from '../http2/error-codes.ts';
import { ProtocolError } from '../http2/protocol-error.ts';
import { FLAG, FRAME, FRAME_HEADER, SETTING, writeFrameHeader, writeUint32 } from './frames.ts';

/** Octets that may wait to be sent: a peer that asks for answers and does not read them is left. */
const MAX_WAITING = 256 * 1024;
const FIRST_BUFFER = 1024;

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** The frames that carry neither headers nor data, in the order in which they are to be sent. */
export class ControlFrames {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER);
  #length = 0;

  get waiting(): boolean {
    return this.#length > 0;
  }

  /** Connection preface, settings and the window of the connection (RFC 9113 §3.4). */
  hello(window: { readonly stream: number; readonly growth: number }, headerList: number): void {
    this.#room(PREFACE.length);
    PREFACE.copy(this.#buffer, this.#length);
    this.#length += PREFACE.length;
    let at = this.#begin(18, FRAME.settings, 0, 0);
    at = this.#setting(at, SETTING.enablePush, 0);
    at = this.#setting(at, SETTING.initialWindowSize, window.stream);
    this.#length = this.#setting(at, SETTING.maxHeaderListSize, headerList);
    this.windowUpdate(window.growth);
  }

  settingsAck(): void {
    this.#length = this.#begin(0, FRAME.settings, FLAG.ack, 0);
  }

  /** Answers a PING with its 8 octets. */
  pingAck(bytes: Buffer, start: number): void {
    const at = this.#begin(8, FRAME.ping, FLAG.ack, 0);
    bytes.copy(this.#buffer, at, start, start + 8);
    this.#length = at + 8;
  }

  /** Lets the peer send `octets` more on the connection. */
  windowUpdate(octets: number): void {
    this.#length = writeUint32(this.#buffer, this.#begin(4, FRAME.windowUpdate, 0, 0), octets);
  }

  reset(stream: number, code: ErrorCodeName): void {
    const at = this.#begin(4, FRAME.rstStream, 0, stream);
    this.#length = writeUint32(this.#buffer, at, errorCodeNumber(code));
  }

  /** Says why we leave; the server has opened no streams, so the last one is 0. */
  goaway(code: ErrorCodeName): void {
    const at = writeUint32(this.#buffer, this.#begin(8, FRAME.goaway, 0, 0), 0);
    this.#length = writeUint32(this.#buffer, at, errorCodeNumber(code));
  }

  /** Forgets what waits. */
  clear(): void {
    this.#length = 0;
  }

  /** Moves as much as fits into the buffer and returns how much that is. */
  write(into: Buffer): number {
    const length = Math.min(this.#length, into.length);
    this.#buffer.copy(into, 0, 0, length);
    this.#buffer.copyWithin(0, length, this.#length);
    this.#length -= length;
    return length;
  }

  #begin(length: number, type: number, flags: number, stream: number): number {
    this.#room(FRAME_HEADER + length);
    return writeFrameHeader(this.#buffer, this.#length, length, type, flags, stream);
  }

  #setting(at: number, id: number, value: number): number {
    this.#buffer[at] = 0;
    this.#buffer[at + 1] = id;
    return writeUint32(this.#buffer, at + 2, value);
  }

  #room(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#buffer.length) return;
    if (needed > MAX_WAITING) {
      throw new ProtocolError('ENHANCE_YOUR_CALM', 'too many frames ask for answers');
    }
    const larger = Buffer.allocUnsafeSlow(Math.min(MAX_WAITING, 2 * needed));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
