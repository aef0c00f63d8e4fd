import { BrokerError } from '../errors/index.ts';
import { checkMessage, type MessageShape } from '../grpc/strict-decode.ts';
import { UPLINK_LIMITS } from './limits.ts';

/** Fields of one message, inner ones included: a list of keys has many. The size of the message bounds the work anyway. */
const MAX_FIELDS = 64 * 1024;

/** How one message type is written and read. */
export interface WireCodec<Message> {
  encode(message: Message): Uint8Array;
  /**
   * Reads a whole message and checks every field of it. Throws MESSAGE_MALFORMED, MESSAGE_TOO_LARGE, FIELD_REQUIRED,
   * FIELD_TOO_LARGE, FIELD_TOO_MANY, FIELD_NOT_PRINTABLE or INPUT_INVALID, all of them the sender's mistakes. Byte fields
   * of the result are views of `bytes`.
   */
  decode(bytes: Uint8Array): Message;
}

/** The part of a generated codec that is used. */
interface GeneratedCodec<Message> {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
}

/**
 * A codec over a generated one. The generated decoders are lenient about what ends where and what is UTF-8, so the bytes
 * are checked against `shape` first; `check` then looks at the values.
 */
export function wireCodec<Message>(
  generated: GeneratedCodec<Message>,
  shape: MessageShape,
  check: (message: Message) => void = () => undefined,
): WireCodec<Message> {
  return {
    encode: (message) => generated.encode(message).finish(),
    decode: (bytes) => {
      if (bytes.byteLength > UPLINK_LIMITS.message) {
        throw new BrokerError('MESSAGE_TOO_LARGE', `too large (max ${UPLINK_LIMITS.message})`, {
          field: 'message',
        });
      }
      checkMessage(bytes, shape, MAX_FIELDS);
      const message = decodeWhole(generated, bytes);
      check(message);
      return message;
    },
  };
}

function decodeWhole<Message>(generated: GeneratedCodec<Message>, bytes: Uint8Array): Message {
  try {
    return generated.decode(bytes);
  } catch (error) {
    throw new BrokerError('MESSAGE_MALFORMED', 'message: a value is out of range', {
      cause: error,
    });
  }
}
