import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BrokerError } from '../../../src/errors/index.ts';
import { parseSubject, SUBJECT_ATTRIBUTES } from '../../../src/x509/subject.ts';
import { failureOf } from '../../support/failures.ts';

describe('a subject text', () => {
  it('is a list of attributes in their order', () => {
    expect(parseSubject('C=DE, O=Test Org,OU=A,OU=A, CN=a=b')).toEqual([
      { attribute: 'C', value: 'DE' },
      { attribute: 'O', value: 'Test Org' },
      { attribute: 'OU', value: 'A' },
      { attribute: 'OU', value: 'A' },
      { attribute: 'CN', value: 'a=b' },
    ]);
  });

  it('names what is wrong with it, in words that can be shown', async () => {
    const message = async (text: string): Promise<string> =>
      (await failureOf(() => parseSubject(text))).message;
    expect(await message('Example')).toBe("subject: 'Example' has no '='");
    expect(await message('DC=x')).toBe("subject: 'DC' is none of C, ST, O, OU, L, CN");
    expect(await message('\u0007\u00e4=x')).toBe("subject: '???' is none of C, ST, O, OU, L, CN");
    expect(await message(`${'K'.repeat(50)}=x`)).toBe(
      `subject: '${'K'.repeat(40)}...' is none of C, ST, O, OU, L, CN`,
    );
    expect(await message('CN=a\0')).toBe('subject: the value of CN is not UTF-8 text');
    expect(await message('')).toBe('subject: names no attribute');
    expect(await message(`CN=${'ä'.repeat(511)}`)).toBe('subject: is longer than 1024 bytes');
  });

  it('is read back as it was composed, or refused with its own code', () => {
    const attribute = fc.constantFrom(...Object.keys(SUBJECT_ATTRIBUTES));
    const value = fc.stringMatching(/^[A-Za-z0-9=.-]([A-Za-z0-9= .-]{0,10}[A-Za-z0-9=.-])?$/);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(attribute, value), { minLength: 1, maxLength: 8 }),
        (entries) => {
          const text = entries.map(([key, content]) => `${key}=${content}`).join(', ');
          expect(parseSubject(text).map((part) => [part.attribute, part.value])).toEqual(entries);
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        try {
          expect(parseSubject(text).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(BrokerError);
          expect(error).toMatchObject({ code: 'SUBJECT_MALFORMED', field: 'subject' });
        }
      }),
    );
  });
});
