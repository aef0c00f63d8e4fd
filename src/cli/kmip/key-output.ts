import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Command } from 'commander';
import { BrokerError } from '../../errors/index.ts';
import type { KeyObject } from '../../kmip-client/index.ts';
import type { CommandContext } from '../context.ts';
import { systemCode } from '../read-bounded.ts';
import type { KmipFlags } from './kmip-command.ts';
import { objectTypeName } from './words.ts';

export interface KeyOutputFlags extends KmipFlags {
  readonly out?: string;
  readonly hex?: true;
}

export function addKeyOutputOptions(command: Command): void {
  command.option('--out <file>', 'write the key to a new file of mode 0600');
  command.option('--hex', 'print the key in hexadecimal on standard output');
}

/** USAGE when the flags say where a key goes and none is asked for: it would be believed to be there. */
export function requireNoKeyOutput({ out, hex }: KeyOutputFlags): void {
  if (out !== undefined || hex !== undefined) {
    throw new BrokerError('USAGE', '--out and --hex are for the key: add --get');
  }
}

/** A key is shown nowhere unless somebody says where: USAGE before anything is asked of the server. */
export function requireKeyOutput({ out, hex }: KeyOutputFlags): void {
  if ((out === undefined) === (hex === undefined)) {
    throw new BrokerError(
      'USAGE',
      'say where the key goes: --out FILE for a new file, or --hex for standard output',
    );
  }
}

/**
 * Makes the file of --out, then has `get` bring the key, and writes it where the flags say; the key is wiped. In this order
 * no key is made, or taken from a server, that cannot be kept. `uid` is printed first where it is news.
 */
export async function showKey(
  context: CommandContext,
  flags: KeyOutputFlags,
  get: () => Promise<KeyObject>,
  { withUid }: { readonly withUid: boolean },
): Promise<void> {
  const file = flags.out === undefined ? undefined : await NewFile.make(flags.out);
  let key: KeyObject;
  try {
    key = await get();
  } catch (error) {
    await file?.drop();
    throw error;
  }
  const { material, uid, objectType, length } = key;
  try {
    const facts = JSON.stringify({ uid, objectType: objectTypeName(objectType), length });
    if (flags.json === true) context.writeOut(flags.hex === true ? facts.slice(0, -1) : facts);
    else if (withUid) context.writeOut(`${uid}\n`);
    if (flags.hex === true) writeHex(context, material, flags.json === true);
    else if (flags.json === true) context.writeOut('\n');
    await file?.save(material);
  } finally {
    material.fill(0);
  }
}

/** In bytes, not in a string: those can be wiped. */
function writeHex(context: CommandContext, material: Uint8Array, json: boolean): void {
  const [before, after] = json ? [',"key":"', '"}\n'] : ['', '\n'];
  const digits = hexDigits(material);
  try {
    context.writeOut(before);
    context.writeOut(digits);
    context.writeOut(after);
  } finally {
    digits.fill(0);
  }
}

const DIGITS = Buffer.from('0123456789abcdef', 'latin1');

function hexDigits(bytes: Uint8Array): Uint8Array {
  const digits = new Uint8Array(bytes.byteLength * 2);
  bytes.forEach((byte, index) => {
    digits[index * 2] = DIGITS[byte >>> 4] ?? 0;
    digits[index * 2 + 1] = DIGITS[byte & 15] ?? 0;
  });
  return digits;
}

/** A file that was not there before: over another one, the key that was in it would be gone. */
class NewFile {
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  static async make(path: string): Promise<NewFile> {
    try {
      return new NewFile(path, await open(path, 'wx', 0o600));
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  /** All of it, or no file. */
  async save(material: Uint8Array): Promise<void> {
    try {
      await this.#handle.writeFile(material);
      await this.#handle.close();
    } catch (cause) {
      await this.drop();
      throw unwritable(this.#path, cause);
    }
  }

  async drop(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#path, { force: true });
  }
}

function unwritable(path: string, cause: unknown): BrokerError {
  const text = `--out: cannot write ${path} (${systemCode(cause)})`;
  return new BrokerError('INPUT_INVALID', text, { cause });
}
