import type { Command } from 'commander';
import { BrokerError } from '../../errors/index.ts';
import { dumpMessage } from '../../kmip/dump/dump-message.ts';
import type { CommandContext } from '../context.ts';
import { collect, readFileBounded } from '../read-bounded.ts';

/** Largest input, in bytes: a message of 1 MiB in spaced hexadecimal. */
const MAX_INPUT = 4_194_304;

export function defineDump(parent: Command, context: CommandContext): void {
  parent
    .command('dump')
    .description(
      'Prints a captured KMIP message field by field, without calling anybody. Keys, credentials and data are redacted.',
    )
    .argument(
      '[file]',
      'the message, binary or in hexadecimal; - or nothing reads standard input',
      '-',
    )
    .action(async (file: string) => {
      const bytes =
        file === '-'
          ? await collect(context.readInput(), MAX_INPUT)
          : await readFileBounded('file', file, MAX_INPUT);
      try {
        if (bytes.byteLength > MAX_INPUT) {
          throw new BrokerError('INPUT_INVALID', `file: has more than ${MAX_INPUT} bytes`);
        }
        if (bytes.byteLength === 0) throw new BrokerError('INPUT_INVALID', 'file: is empty');
        dump(context, bytes);
      } finally {
        bytes.fill(0);
      }
    });
}

function dump(context: CommandContext, bytes: Uint8Array): void {
  const message = isHexadecimal(bytes) ? fromHexadecimal(bytes) : bytes;
  try {
    context.writeOut(dumpMessage(message));
  } finally {
    message.fill(0);
  }
}

/** Digits, and what is put between them: white space, and the bars of the specification's examples. */
function isHexadecimal(bytes: Uint8Array): boolean {
  return bytes.every((byte) => digitOf(byte) >= 0 || SEPARATORS.includes(byte));
}

const SEPARATORS = Buffer.from(' \t\r\n|:', 'latin1');

function fromHexadecimal(bytes: Uint8Array): Uint8Array {
  const digits = bytes.filter((byte) => !SEPARATORS.includes(byte));
  if (digits.byteLength % 2 !== 0) {
    throw new BrokerError('INPUT_INVALID', 'file: has an odd number of hexadecimal digits');
  }
  const message = new Uint8Array(digits.byteLength / 2);
  for (let at = 0; at < message.byteLength; at += 1) {
    message[at] = (digitOf(digits[at * 2] ?? 0) << 4) | digitOf(digits[at * 2 + 1] ?? 0);
  }
  digits.fill(0);
  return message;
}

/** Value of a digit in ASCII; -1 for anything else. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
