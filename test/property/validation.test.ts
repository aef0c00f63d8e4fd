import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCrlUrl } from '../../src/broker/crl-url.ts';
import { checkMetadata, checkProfileName } from '../../src/broker/validation.ts';
import { BrokerError } from '../../src/errors/index.ts';
import { longRun } from '../support/environment.ts';

const RUNS = { numRuns: longRun ? 100_000 : 3000 };
const anyText = fc.string({ unit: 'binary', maxLength: 600 });

/** The code an action is refused with; undefined when it is not. */
function refusal(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(BrokerError);
    return (error as BrokerError).code;
  }
}

describe('fields of requests', () => {
  it('let nothing but printable ASCII into what is echoed and logged', () => {
    fc.assert(
      fc.property(anyText, (id) => {
        const printable = /^[ -~]{0,128}$/.test(id);
        expect(
          refusal(() => {
            checkMetadata({ id });
          }) === undefined,
        ).toBe(printable);
      }),
      RUNS,
    );
  });

  it('count bytes, not characters', () => {
    fc.assert(
      fc.property(anyText, (profile) => {
        const bytes = Buffer.byteLength(profile);
        const expected =
          bytes === 0 ? 'FIELD_REQUIRED' : bytes > 64 ? 'FIELD_TOO_LARGE' : undefined;
        expect(
          refusal(() => {
            checkProfileName(profile);
          }),
        ).toBe(expected);
      }),
      RUNS,
    );
  });
});

describe('the location of a CRL', () => {
  const piece = fc.constantFrom(
    'http',
    'https',
    'ftp',
    ':',
    '//',
    '/',
    '@',
    '[',
    ']',
    '::1',
    'host',
    '.',
    '80',
    '?',
    '#',
    '%',
    '%41',
    ' ',
    '\\',
    'ü',
    '\n',
    '"',
  );
  const almostUrl = fc.oneof(
    anyText,
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 8 }).map((pieces) => `http://host${pieces.join('')}`),
  );

  it('is a URL with a host, for every other reader too, and fits an IA5String', () => {
    fc.assert(
      fc.property(almostUrl, (text) => {
        if (!isCrlUrl(text)) return;
        const url = new URL(text);
        expect(['http:', 'https:']).toContain(url.protocol);
        expect(url.hostname).not.toBe('');
        expect(text).toMatch(/^[!-~]+$/);
      }),
      RUNS,
    );
  });

  it('may be any ordinary web address', () => {
    fc.assert(
      fc.property(
        fc.webUrl({ validSchemes: ['http', 'https'], withQueryParameters: true }),
        (url) => {
          expect(isCrlUrl(url)).toBe(true);
        },
      ),
      RUNS,
    );
  });
});
