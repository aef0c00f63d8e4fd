import { readAnswerHeaders } from '../http2/answer-headers.ts';
import { answerMalformed, wrongNumberOfAnswers } from '../http2/failures.ts';
import type { HeaderField } from '../http2/header-field.ts';
import { outcomeOf } from '../http2/outcome.ts';
import { TransportFailure } from '../transport.ts';

/** How the stream ended: native/http2/client_answer.h, take_fields(). */
const ENDED_BY_HEAD = 1;
const ENDED_BY_TRAILERS = 2;

/** What the header fields of a call say that did not end well. */
export function judgeFields(bytes: Buffer): TransportFailure {
  const endOfHead = 8 + word(bytes, 4);
  const head = readAnswerHeaders(readFields(bytes, 8, endOfHead));
  const trailers = readAnswerHeaders(readFields(bytes, endOfHead, bytes.length));
  if (head === undefined || trailers === undefined) return answerMalformed('its header fields');
  const ended = word(bytes, 0);
  const last = ended === ENDED_BY_TRAILERS ? trailers : ended === ENDED_BY_HEAD ? head : undefined;
  const outcome = outcomeOf(head, last, undefined);
  return outcome instanceof TransportFailure ? outcome : wrongNumberOfAnswers();
}

function readFields(bytes: Buffer, start: number, end: number): HeaderField[] {
  const fields: HeaderField[] = [];
  for (let at = start; at < end;) {
    const name = at + 8;
    const value = name + word(bytes, at);
    const next = value + word(bytes, at + 4);
    fields.push({
      name: bytes.toString('latin1', name, value),
      value: bytes.toString('latin1', value, next),
    });
    at = next;
  }
  return fields;
}

/** The machines that there are builds for have the lowest octet first. */
function word(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at);
}
