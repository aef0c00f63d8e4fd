import { open } from 'node:fs/promises';
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

/** A key is shown nowhere unless somebody says where: USAGE before anything is asked of the server. */
export function requireKeyOutput({ out, hex }: KeyOutputFlags): void {
  if ((out === undefined) === (hex === undefined)) {
    throw new BrokerError(
      'USAGE',
      'say where the key goes: --out FILE for a new file, or --hex for standard output',
    );
  }
}

/** Writes a key where the flags say, and wipes it. `uid` is printed first where it is news. */
export async function showKey(
  context: CommandContext,
  flags: KeyOutputFlags,
  key: KeyObject,
  { withUid }: { readonly withUid: boolean },
): Promise<void> {
  const { material, uid, objectType, length } = key;
  try {
    if (flags.out !== undefined) await save(flags.out, material);
    const facts = JSON.stringify({ uid, objectType: objectTypeName(objectType), length });
    if (flags.json === true) context.writeOut(flags.hex === true ? facts.slice(0, -1) : facts);
    else if (withUid) context.writeOut(`${uid}\n`);
    if (flags.hex === true) writeHex(context, material, flags.json === true);
    else if (flags.json === true) context.writeOut('\n');
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

/** Never over a file that is there: a key that was there before would be gone. */
async function save(path: string, material: Uint8Array): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(material);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new BrokerError('INPUT_INVALID', `--out: cannot write ${path} (${systemCode(cause)})`, {
      cause,
    });
  }
}
