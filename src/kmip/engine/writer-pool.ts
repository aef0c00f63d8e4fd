import { TtlvWriter } from '../ttlv/writer.ts';

/** Writers kept for later; more responses than this at once get writers of their own. */
const KEPT = 32;
/** Bytes beyond which a buffer is not kept: one large answer must not hold its memory for ever. */
const LARGEST_KEPT = 65_536;

/** Writers that are used again, since a new buffer costs more than a small response. */
export class WriterPool {
  readonly #idle: TtlvWriter[] = [];

  /** An empty writer. */
  take(): TtlvWriter {
    return this.#idle.pop() ?? new TtlvWriter();
  }

  /** Takes a writer back, wiped when it is secret. Nothing of what was written may be in use any more. */
  give(writer: TtlvWriter): void {
    writer.reset();
    if (this.#idle.length < KEPT && writer.buffer.byteLength <= LARGEST_KEPT) {
      this.#idle.push(writer);
    }
  }
}
