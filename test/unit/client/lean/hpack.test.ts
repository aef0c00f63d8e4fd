import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../../src/client/http2/protocol-error.ts';
import { HpackDecoder } from '../../../../src/client/lean/hpack/decoder.ts';
import { encodeField } from '../../../../src/client/lean/hpack/encoder.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function decodeWith(decoder: HpackDecoder, block: Buffer): [string, string][] | undefined {
  return decoder.decode(block, 0, block.length)?.map(({ name, value }) => [name, value]);
}
const decode = (block: Buffer): [string, string][] | undefined =>
  decodeWith(new HpackDecoder(16_384), block);

describe('a header block', () => {
  // RFC 7541 Appendix C.5 and C.6 shrink the table to 256 octets by a setting; here the block does, which is the same.
  it.each([
    [
      'RFC 7541 C.3, requests without Huffman code',
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ],
    ],
    [
      'RFC 7541 C.4, requests with Huffman code',
      [
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      ],
    ],
  ])('of %s is read as the standard does', (_, blocks) => {
    const decoder = new HpackDecoder(16_384);
    const lists = blocks.map((block) => decodeWith(decoder, hex(block)));
    expect(lists).toEqual([
      [
        [':method', 'GET'],
        [':scheme', 'http'],
        [':path', '/'],
        [':authority', 'www.example.com'],
      ],
      [
        [':method', 'GET'],
        [':scheme', 'http'],
        [':path', '/'],
        [':authority', 'www.example.com'],
        ['cache-control', 'no-cache'],
      ],
      [
        [':method', 'GET'],
        [':scheme', 'https'],
        [':path', '/index.html'],
        [':authority', 'www.example.com'],
        ['custom-key', 'custom-value'],
      ],
    ]);
  });

  it('of RFC 7541 C.6, answers with Huffman code and a table that evicts, is read as the standard does', () => {
    const decoder = new HpackDecoder(16_384);
    const lists = [
      // 3fe101: the table gets 256 octets.
      '3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      '4883 640e ffc1 c0bf',
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ].map((block) => decodeWith(decoder, hex(block)));
    expect(lists).toEqual([
      [
        [':status', '302'],
        ['cache-control', 'private'],
        ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
        ['location', 'https://www.example.com'],
      ],
      [
        [':status', '307'],
        ['cache-control', 'private'],
        ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
        ['location', 'https://www.example.com'],
      ],
      [
        [':status', '200'],
        ['cache-control', 'private'],
        ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'],
        ['location', 'https://www.example.com'],
        ['content-encoding', 'gzip'],
        ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
      ],
    ]);
  });

  it.each([
    ['an index of no field', '80'],
    ['an index beyond the tables', 'be'],
    ['a name of no field', '7f 80 80 01'],
    ['a string beyond its end', '00 05 6162'],
    ['nothing after its first octet', '40'],
    ['an integer without an end', 'ff ffff ffff ffff ffff'],
    ['an integer beyond every limit', '00 7f ffff ffff 7f'],
    ['a size update after a field', '82 20'],
    ['a table larger than allowed', '3f e2 1f'],
    ['padding of a Huffman code that is not all ones', '00 81 00 00'],
    ['padding of a whole octet', '00 82 1fff 00'],
    ['the end of string within a Huffman code', '00 84 ffff ffff 00'],
  ])('with %s is COMPRESSION_ERROR', (_, block) => {
    const reading = (): unknown => decode(hex(block));
    expect(reading).toThrow(ProtocolError);
    expect(reading).toThrow(expect.objectContaining({ code: 'COMPRESSION_ERROR' }) as Error);
  });

  it('whose list is too long is read for the sake of the table, and not kept', () => {
    const decoder = new HpackDecoder(200);
    const remembered = hex('40 01 61 01 62');
    const long = Buffer.concat([remembered, ...Array.from({ length: 20 }, () => hex('be'))]);
    expect(decodeWith(decoder, long)).toBeUndefined();
    expect(decodeWith(decoder, hex('be'))).toEqual([['a', 'b']]);
  });

  it('holds a field larger than the table, which empties the table', () => {
    const decoder = new HpackDecoder(16_384);
    decodeWith(decoder, hex('40 01 61 01 62'));
    const large = Buffer.concat([hex('40 01 63'), hex('7f a9 1f'), Buffer.alloc(4136, 'x')]);
    expect(decodeWith(decoder, large)?.[0]?.[1]).toHaveLength(4136);
    expect(() => decodeWith(decoder, hex('be'))).toThrow(ProtocolError);
  });

  it.each([
    [':method', 'POST', '83'],
    ['te', 'trailers', '0002 7465 08 7472 6169 6c65 7273'],
    ['content-type', 'x', '0f10 01 78'],
  ])('is made of %s: %s without a table of its own', (name, value, bytes) => {
    expect(encodeField(name, value)).toEqual(hex(bytes));
    expect(decode(encodeField(name, value))).toEqual([[name, value]]);
  });
});
