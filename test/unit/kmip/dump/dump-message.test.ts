import { describe, expect, it } from 'vitest';

import { dumpMessage } from '../../../../src/kmip/dump/dump-message.ts';
import { ATTRIBUTES } from '../../../../src/kmip/tables/attributes.ts';
import { TAG, TAGS } from '../../../../src/kmip/tables/tags.ts';
import type { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import {
  bytesOf,
  createAndGetRequest,
  createAndGetResponse,
  everyType,
  SAMPLE_KEY,
  written,
} from '../../../support/kmip/ttlv-samples.ts';

const dumpOf = (write: (writer: TtlvWriter) => void): string => dumpMessage(written(write));

describe('a dump', () => {
  it('shows a request line by line, names where there are names', () => {
    expect(dumpOf(createAndGetRequest)).toBe(`\
Request Message [0x420078 Structure 504]
  Request Header [0x420077 Structure 72]
    Protocol Version [0x420069 Structure 32]
      Protocol Version Major [0x42006a Integer 4] 1
      Protocol Version Minor [0x42006b Integer 4] 4
    Time Stamp [0x420092 Date Time 8] 2023-11-14T22:13:20Z
    Batch Count [0x42000d Integer 4] 2
  Batch Item 1 [0x42000f Structure 368]
    Operation [0x42005c Enumeration 4] Create (0x00000001)
    Unique Batch Item ID [0x420093 Byte String 1] 01
    Request Payload [0x420079 Structure 328]
      Object Type [0x420057 Enumeration 4] Symmetric Key (0x00000002)
      Template-Attribute [0x420091 Structure 304]
        Attribute [0x420008 Structure 48]
          Attribute Name [0x42000a Text String 23] "Cryptographic Algorithm"
          Attribute Value [0x42000b Enumeration 4] AES (0x00000003)
        Attribute [0x420008 Structure 48]
          Attribute Name [0x42000a Text String 20] "Cryptographic Length"
          Attribute Value [0x42000b Integer 4] 256
        Attribute [0x420008 Structure 48]
          Attribute Name [0x42000a Text String 24] "Cryptographic Usage Mask"
          Attribute Value [0x42000b Integer 4] Encrypt | Decrypt (0x0000000c)
        Attribute [0x420008 Structure 72]
          Attribute Name [0x42000a Text String 4] "Name"
          Attribute Value [0x42000b Structure 48]
            Name Value [0x420055 Text String 17] "orders/ключ-1"
            Name Type [0x420054 Enumeration 4] Uninterpreted Text String (0x00000001)
        Attribute [0x420008 Structure 48]
          Attribute Name [0x42000a Text String 6] "x-note"
          Attribute Value [0x42000b Text String 23] (23 bytes, redacted)
  Batch Item 2 [0x42000f Structure 40]
    Operation [0x42005c Enumeration 4] Get (0x0000000a)
    Unique Batch Item ID [0x420093 Byte String 1] 02
    Request Payload [0x420079 Structure 0]
`);
  });

  it('shows a value of every type', () => {
    const dump = dumpOf((to) => {
      to.integer(TAG.cryptographicLength, -1);
      to.longInteger(TAG.usageLimitsTotal, -(1n << 63n));
      to.enumeration(TAG.operation, 0x8000_0001);
      to.boolean(TAG.fresh, true);
      to.byteString(TAG.uniqueBatchItemId, new Uint8Array(65).fill(0xab));
      to.dateTime(TAG.timeStamp, -1n);
      to.dateTime(TAG.timeStamp, (1n << 63n) - 1n);
      to.interval(TAG.leaseTime, 3600);
      to.dateTimeExtended(TAG.submissionDate, 1_700_000_000_123_456n);
      to.dateTimeExtended(TAG.submissionDate, -1n);
      to.enumeration(TAG.attributeReference, TAG.state);
      to.integer(TAG.cryptographicUsageMask, 0);
      to.integer(TAG.cryptographicUsageMask, 0x4000_0001);
      to.enumeration(TAG.objectType, 0x99);
    });
    expect(dump.split('\n').map((line) => line.replace(/^.*\] /u, ''))).toEqual([
      '-1',
      '-9223372036854775808',
      '0x80000001',
      'true',
      `${'ab'.repeat(64)} … 65 bytes`,
      '1969-12-31T23:59:59Z',
      '9223372036854775807 s',
      '3600 s',
      '2023-11-14T22:13:20.123456Z',
      '1969-12-31T23:59:59.999999Z',
      'State (0x42008d)',
      'none (0x00000000)',
      'Sign | 0x40000000 (0x40000001)',
      '0x00000099',
      '',
    ]);
  });

  it('prints nothing that a terminal would obey', () => {
    const dump = dumpOf((to) => {
      to.text(TAG.nameValue, 'a"b\\c\u001b[2J\u009b\n\u202edone');
      to.text(TAG.objectGroup, 'x'.repeat(300));
    });
    expect(dump).toBe(
      `Name Value [0x420055 Text String 19] ` +
        `"a\\u{22}b\\u{5c}c\\u{1b}[2J\\u{9b}\\u{a}\\u{202e}done"\n` +
        `Object Group [0x420056 Text String 300] "${'x'.repeat(256)}" … 300 characters\n`,
    );
  });

  it('shows one message after the other', () => {
    const message = written(createAndGetRequest);
    const dump = dumpMessage(Buffer.concat([message, message]));
    expect(dump.match(/^Request Message/gmu)).toHaveLength(2);
  });
});

describe('a dump never shows', () => {
  it('a key on its way out', () => {
    const dump = dumpOf(createAndGetResponse);
    expect(dump).toContain('Key Material [0x420043 Byte String 32] (32 bytes, redacted)');
    expectNoTrace(dump, SAMPLE_KEY);
  });

  it.each([
    [
      'as bytes',
      (to: TtlvWriter, tag: number) => {
        to.byteString(tag, SAMPLE_KEY);
      },
    ],
    [
      'as text',
      (to: TtlvWriter, tag: number) => {
        to.text(tag, SECRET_TEXT);
      },
    ],
    [
      'as a number',
      (to: TtlvWriter, tag: number) => {
        to.bigInteger(tag, SECRET_NUMBER);
      },
    ],
    [
      'in a structure',
      (to: TtlvWriter, tag: number) => {
        to.begin(tag);
        to.text(TAG.uniqueIdentifier, SECRET_TEXT);
        to.byteString(TAG.uniqueBatchItemId, SAMPLE_KEY);
        to.longInteger(TAG.usageLimitsTotal, SECRET_LONG);
        to.end();
      },
    ],
  ])('the content of a secret field, %s', (_how, write) => {
    for (const tag of SECRET_TAGS) {
      const dump = dumpOf((to) => {
        to.begin(TAG.requestMessage);
        write(to, tag);
        to.end();
      });
      expect(dump).toMatch(/\(\d+ bytes, redacted\)/u);
      expectNoTrace(dump, SAMPLE_KEY);
    }
  });

  it('text or bytes of any field that is not known to be harmless', () => {
    const shown = TAGS.filter(({ tag }) => {
      const dump = dumpOf((to) => {
        to.byteString(tag, SAMPLE_KEY);
      });
      return !dump.includes('redacted');
    }).map(({ name }) => name);
    expect(shown).toEqual([
      'Asynchronous Correlation Value',
      'Unique Batch Item ID',
      'Short Unique Identifier',
    ]);
  });

  it('a value of a field it does not know, whatever its type', () => {
    const dump = dumpOf((to) => {
      to.longInteger(0x540001, SECRET_LONG);
      to.text(0x4203ff, SECRET_TEXT);
      to.begin(0x540004);
      to.text(TAG.uniqueIdentifier, SECRET_TEXT);
      to.end();
    });
    expect(dump).toBe(
      `Unknown [0x540001 Long Integer 8] (8 bytes, redacted)\n` +
        `Unknown [0x4203ff Text String 27] (27 bytes, redacted)\n` +
        `Unknown [0x540004 Structure 40] (40 bytes, redacted)\n`,
    );
  });

  it('a value that a custom or vendor attribute gives, even under a known name', () => {
    const dump = dumpOf((to) => {
      to.begin(TAG.attribute);
      to.text(TAG.attributeName, 'x-pin');
      to.longInteger(TAG.attributeValue, SECRET_LONG);
      to.end();
      to.begin(TAG.attribute);
      to.text(TAG.vendorIdentification, 'acme');
      to.text(TAG.attributeName, 'Object Group');
      to.text(TAG.attributeValue, SECRET_TEXT);
      to.end();
      to.begin(TAG.attribute);
      to.text(TAG.attributeValue, SECRET_TEXT);
      to.end();
    });
    expect(dump).toContain('"Object Group"');
    expect(dump.match(/redacted/gu)).toHaveLength(3);
    expectNoTrace(dump, SAMPLE_KEY);
  });

  it('what a description, a comment or a digest of a known attribute says', () => {
    for (const { name } of ATTRIBUTES.filter((a) => /Description|Comment|Digest/u.test(a.name))) {
      const dump = dumpOf((to) => {
        to.begin(TAG.attribute);
        to.text(TAG.attributeName, name);
        to.text(TAG.attributeValue, SECRET_TEXT);
        to.end();
      });
      expect(dump, name).toContain('redacted');
    }
  });
});

describe('a dump of what is broken', () => {
  it('follows a message that is cut off to its last whole item', () => {
    const message = written(createAndGetRequest);
    const dump = dumpMessage(message.subarray(0, 130));
    expect(dump).toContain('Operation [0x42005c Enumeration 4] Create (0x00000001)\n');
    expect(dump.split('\n').slice(-3)).toEqual([
      '    Unique Batch Item ID [0x420093 Byte String 1] 01',
      '!! fewer than 8 bytes of a header at byte 128',
      '',
    ]);
  });

  it.each([
    ['nothing', '', ''],
    ['half a header', '420078', '!! fewer than 8 bytes of a header at byte 0\n'],
    ['another protocol', '47455420 2f204854 54502f31', '!! type 0x20 does not exist at byte 0\n'],
    [
      'an Integer of no length',
      '420078 01 00000008 42000d 02 00000000',
      'Request Message [0x420078 Structure 8]\n!! 0 is not the length of Integer at byte 8\n',
    ],
    [
      'a length of 4 GiB',
      '420055 07 ffffffff 41414141',
      'Name Value [0x420055 Text String 4294967295]\n' +
        '!! a value of 4294967295 bytes is cut off at byte 0\n',
    ],
    [
      'a structure of 4 GiB that holds an item',
      '420078 01 fffffff8 42000d 02 00000004 0000000700000000',
      'Request Message [0x420078 Structure 4294967288]\n' +
        '  Batch Count [0x42000d Integer 4] 7\n' +
        '!! a value of 4294967288 bytes is cut off at byte 0\n',
    ],
  ])('says what is wrong and where: %s', (_what, hex, dump) => {
    expect(dumpMessage(bytesOf(hex))).toBe(dump);
  });

  it('stops following structures that go 10,000 deep', () => {
    const dump = dumpMessage(bytesOf('420078 01 fffffff8'.repeat(10_000)));
    expect(dump.split('\n').length).toBeLessThan(80);
    expect(dump).toMatch(/^!! too deep to follow at byte 512$/mu);
  });

  it('stops after 20,000 items', () => {
    const dump = dumpMessage(bytesOf('4200c2 08 00000000'.repeat(30_000)));
    expect(dump.split('\n')).toHaveLength(20_002);
    expect(dump).toMatch(/^!! too many items at byte 160000$/mu);
  });

  it('ends without throwing wherever a message is cut', () => {
    for (const write of [createAndGetRequest, createAndGetResponse, everyType]) {
      const message = written(write);
      for (let length = 0; length < message.byteLength; length += 1) {
        const dump = dumpMessage(message.subarray(0, length));
        expectNoTrace(dump, SAMPLE_KEY);
      }
    }
  });
});

const SECRET_TEXT = 'correct horse battery stapl';
const SECRET_LONG = 0x1122_3344_5566_7788n;
const SECRET_NUMBER = 0x5ec2e7_5ec2e7_5ec2e7n;

/** KMIP 1.4 §2.1.2, §2.1.4 to §2.1.7, §2.2 and the operations on data. */
const SECRET_TAGS = [
  TAG.keyMaterial,
  TAG.key,
  TAG.privateExponent,
  TAG.d,
  TAG.p,
  TAG.q,
  TAG.credentialValue,
  TAG.password,
  TAG.hashedPassword,
  TAG.oneTimePassword,
  TAG.ticketValue,
  TAG.data,
  TAG.ivCounterNonce,
  TAG.macData,
  TAG.macSignature,
  TAG.signatureData,
  TAG.derivationData,
  TAG.salt,
  TAG.opaqueDataValue,
  TAG.vendorExtension,
] as const;

/** No four bytes of the key in hex, and none of the secrets in print. */
function expectNoTrace(dump: string, key: Uint8Array): void {
  const hex = Buffer.from(key).toString('hex');
  for (let at = 0; at + 8 <= hex.length; at += 2) expect(dump).not.toContain(hex.slice(at, at + 8));
  expect(dump).not.toContain('horse');
  expect(dump).not.toContain('launch code');
  expect(dump).not.toContain(String(SECRET_LONG));
  expect(dump).not.toContain(String(SECRET_NUMBER));
}
