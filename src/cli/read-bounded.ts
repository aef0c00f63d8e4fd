import { open } from 'node:fs/promises';
import { BrokerError } from '../errors/index.ts';

/**
 * Reads a file of at most `max` bytes, or the first `max + 1` bytes of a longer one, which the check of the field then
 * refuses: no path can fill the memory. `option` names the option in the error text.
 */
export async function readFileBounded(
  option: string,
  path: string,
  max: number,
): Promise<Uint8Array> {
  try {
    const handle = await open(path, 'r');
    try {
      return await collect(handle.createReadStream({ end: max, autoClose: false }), max);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new BrokerError(
      'INPUT_INVALID',
      `${option}: cannot read ${path} (${systemCode(cause)})`,
      { cause },
    );
  }
}

/** Collects a stream in the same way. */
export async function collect(chunks: AsyncIterable<Uint8Array>, max: number): Promise<Uint8Array> {
  const collected: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    collected.push(chunk);
    length += chunk.length;
    if (length > max) break;
  }
  return Buffer.concat(collected).subarray(0, max + 1);
}

/** The system's short name for what went wrong: `ENOENT`. */
export function systemCode(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'unknown error';
}
