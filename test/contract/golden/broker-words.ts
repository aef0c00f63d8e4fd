import { callLogger } from '../../../src/broker/call-log.ts';
import { printable } from '../../../src/config/printable.ts';
import { BrokerError } from '../../../src/errors/index.ts';
import { failureOf } from '../../../src/grpc/status.ts';
import { captureLog } from '../../integration/support/captured-log.ts';
import { toGoldenHex } from './run-length.ts';

/** One of each length in UTF-8 and UTF-16, and the ends of what is printable. */
const CHARACTERS = [
  'a',
  ' ',
  '~',
  '\u007f',
  '\u001b',
  '\u0080',
  '\u07ff',
  '\u0800',
  '\u2028',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{1f600}',
  '\u{10ffff}',
];

/** Where texts are cut, in UTF-16 units. */
const CUTS = [80, 128, 1024];

/** A text as callers may write it, in an error, in the details of a status and in the log: four in a line, in hexadecimal. */
export function goldenWords(): string {
  const texts = [
    '',
    CHARACTERS.join(''),
    ...CUTS.flatMap((cut) =>
      CHARACTERS.flatMap((character) =>
        [-2, -1, 0].map((before) => `${'b'.repeat(cut + before)}${character}c`),
      ),
    ),
    ...CHARACTERS.map((character) => character.repeat(600)),
  ];
  return texts
    .map((text) => [text, printable(text), details(text), inLog(text)].map(hex).join(' '))
    .join('\n')
    .concat('\n');
}

const details = (text: string): string =>
  failureOf(new BrokerError('INPUT_INVALID', text), () => '').details;

function inLog(text: string): string {
  const log = captureLog();
  callLogger(
    log.logger,
    true,
  )({
    path: '',
    profile: text,
    status: 'OK',
    code: undefined,
    incident: undefined,
    cause: undefined,
    durationMs: 0,
    requestBytes: 0,
    responseBytes: 0,
  });
  return String(log.lines()[0]?.['profile']);
}

const hex = (text: string): string => toGoldenHex(Buffer.from(text));
