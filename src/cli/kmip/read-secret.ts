import { open } from 'node:fs/promises';
import { BrokerError } from '../../errors/index.ts';
import type { CommandContext } from '../context.ts';
import { systemCode } from '../read-bounded.ts';

/** Largest secret that can be registered from here, in bytes. */
const MAX_SECRET = 65_536;

/** The bytes of a file, or of standard input for `-`. The caller wipes them; no other copy of them is left here. */
export async function readSecret(context: CommandContext, path: string): Promise<Uint8Array> {
  const room = new Uint8Array(MAX_SECRET + 1);
  try {
    const length =
      path === '-' ? await readStream(context.readInput(), room) : await readFile(path, room);
    if (length === 0 || length > MAX_SECRET) {
      throw new BrokerError('INPUT_INVALID', `--secret-file: must have 1 to ${MAX_SECRET} bytes`);
    }
    return room.subarray(0, length);
  } catch (error) {
    room.fill(0);
    throw error;
  }
}

async function readStream(chunks: AsyncIterable<Uint8Array>, room: Uint8Array): Promise<number> {
  let length = 0;
  for await (const chunk of chunks) {
    const taken = chunk.subarray(0, room.byteLength - length);
    room.set(taken, length);
    length += taken.byteLength;
    chunk.fill(0);
    if (length === room.byteLength) break;
  }
  return length;
}

async function readFile(path: string, room: Uint8Array): Promise<number> {
  try {
    const file = await open(path, 'r');
    try {
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(room, length, room.byteLength - length, null);
        length += bytesRead;
        if (bytesRead === 0 || length === room.byteLength) return length;
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new BrokerError(
      'INPUT_INVALID',
      `--secret-file: cannot read ${path} (${systemCode(cause)})`,
      { cause },
    );
  }
}
