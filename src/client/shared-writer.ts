import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** A writer whose buffer has grown beyond this is not kept. */
const LARGEST_KEPT = 65_536;

let shared = new BinaryWriter();

/**
 * Encodes a message without a buffer of its own for it: allocating and collecting that costs as much as the encoding. Not
 * for secrets, which would stay behind in the buffer.
 */
export function encodeShared<T>(
  codec: { encode(message: T, writer: BinaryWriter): BinaryWriter },
  message: T,
): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = codec.encode(message, shared).finish();
    return bytes;
  } finally {
    // What throws in the middle leaves half a message behind.
    if (bytes === undefined || bytes.length > LARGEST_KEPT) shared = new BinaryWriter();
  }
}
