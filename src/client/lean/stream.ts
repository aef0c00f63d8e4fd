import type { AnswerHeaders } from '../http2/answer-headers.ts';
import type { Numbered } from '../http2/numbered-table.ts';
import type { SessionCall } from '../http2/session.ts';
import { MessageReader } from './message-reader.ts';

/** One call on the wire. */
export class Stream implements Numbered<Stream> {
  readonly id: number;
  readonly call: SessionCall;
  next: Stream | undefined;
  readonly message = new MessageReader();
  head: AnswerHeaders | undefined;
  /** What the server lets us send on this stream now; its settings may make it negative (RFC 9113 §6.9.2). */
  sendWindow: number;
  /** Octets of prefix and message that have left. */
  sent = 0;
  /** Octets of DATA frames that have come. */
  received = 0;
  /** True once the headers have left. */
  written = false;

  constructor(id: number, call: SessionCall, sendWindow: number) {
    this.id = id;
    this.call = call;
    this.sendWindow = sendWindow;
  }
}
