import { encodeField } from './hpack/encoder.ts';

/** Paths whose blocks are kept; a client calls a handful of methods. */
const MAX_PATHS = 64;

const TIMEOUT_NAME = 'grpc-timeout';
/** Longest value that TimeoutValue may have is 8 digits. */
const LARGEST_TIMEOUT = 99_999_999;

/** Makes the header blocks of requests (PROTOCOL-HTTP2, Requests) out of two parts that are seldom made anew. */
export class RequestHeaders {
  readonly #blocks = new Map<string, Buffer>();
  #timeoutMs = -1;
  #timeout: Buffer = Buffer.alloc(0);

  /** Every field but the time limit. */
  block(path: string): Buffer {
    const known = this.#blocks.get(path);
    if (known !== undefined) return known;
    const block = Buffer.concat([
      encodeField(':method', 'POST'),
      encodeField(':scheme', 'http'),
      encodeField(':path', path),
      encodeField(':authority', 'localhost'),
      encodeField('te', 'trailers'),
      encodeField('content-type', 'application/grpc'),
    ]);
    if (this.#blocks.size >= MAX_PATHS) this.#blocks.clear();
    this.#blocks.set(path, block);
    return block;
  }

  /** grpc-timeout. Calls that begin in the same millisecond mostly have the same. */
  timeout(ms: number): Buffer {
    if (ms !== this.#timeoutMs) {
      this.#timeoutMs = ms;
      this.#timeout = encodeField(TIMEOUT_NAME, timeoutValue(ms));
    }
    return this.#timeout;
  }
}

function timeoutValue(ms: number): string {
  const whole = Math.max(1, Math.ceil(ms));
  return whole <= LARGEST_TIMEOUT ? `${whole}m` : `${Math.ceil(whole / 1000)}S`;
}
