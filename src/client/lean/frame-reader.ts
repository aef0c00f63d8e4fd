import { ProtocolError } from '../http2/protocol-error.ts';
import { DEFAULT_FRAME_SIZE, FRAME_HEADER, readUint31 } from './frames.ts';

/** Gets each frame whole: its payload is bytes[start, end), which are valid during the call alone. */
export interface FrameHandler {
  frame(
    type: number,
    flags: number,
    stream: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): void;
}

/** Cuts what a connection brings into frames; a frame that came in pieces is put together in one buffer of fixed size. */
export class FrameReader {
  readonly #handler: FrameHandler;
  #carry: Buffer | undefined;
  #carried = 0;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** FRAME_SIZE_ERROR for a frame beyond the size we allow, before any of its payload is kept. */
  read(bytes: Buffer): void {
    let position = this.#carried === 0 ? 0 : this.#complete(bytes);
    while (bytes.length - position >= FRAME_HEADER) {
      const end = position + FRAME_HEADER + payloadLength(bytes, position);
      if (end > bytes.length) break;
      this.#hand(bytes, position, end);
      position = end;
    }
    if (position < bytes.length) this.#keep(bytes, position, bytes.length);
  }

  /** Goes on with the frame that has begun, and returns how many of the bytes belonged to it. */
  #complete(bytes: Buffer): number {
    const carry = this.#buffer();
    let position = 0;
    if (this.#carried < FRAME_HEADER) {
      position = Math.min(bytes.length, FRAME_HEADER - this.#carried);
      this.#keep(bytes, 0, position);
      if (this.#carried < FRAME_HEADER) return position;
    }
    const whole = FRAME_HEADER + payloadLength(carry, 0);
    const end = Math.min(bytes.length, position + whole - this.#carried);
    this.#keep(bytes, position, end);
    if (this.#carried === whole) {
      this.#carried = 0;
      this.#hand(carry, 0, whole);
    }
    return end;
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    bytes.copy(this.#buffer(), this.#carried, start, end);
    this.#carried += end - start;
  }

  #buffer(): Buffer {
    this.#carry ??= Buffer.allocUnsafeSlow(FRAME_HEADER + DEFAULT_FRAME_SIZE);
    return this.#carry;
  }

  #hand(bytes: Buffer, start: number, end: number): void {
    this.#handler.frame(
      bytes[start + 3] ?? 0,
      bytes[start + 4] ?? 0,
      readUint31(bytes, start + 5),
      bytes,
      start + FRAME_HEADER,
      end,
    );
  }
}

function payloadLength(bytes: Buffer, at: number): number {
  const length = bytes.readUIntBE(at, 3);
  if (length > DEFAULT_FRAME_SIZE) {
    throw new ProtocolError('FRAME_SIZE_ERROR', 'a frame larger than allowed');
  }
  return length;
}
