import { describe, expect, it } from 'vitest';
import { isCrlUrl } from '../../../src/broker/crl-url.ts';

describe('the location of a CRL', () => {
  it.each([
    'http://crl.example/ca.crl',
    'https://crl.example',
    'HTTP://CRL.EXAMPLE/CA.CRL',
    'http://crl.example:8080/a/b?c=d&e=f#g',
    'http://user:password@crl.example/',
    'http://192.0.2.1/ca.crl',
    'http://[2001:db8::1]:80/ca.crl',
    'http://[::ffff:192.0.2.1]/ca.crl',
    'http://xn--mnchen-3ya.example/ca.crl',
    'http://crl.example:/ca.crl',
    'http://crl.example:00080/ca.crl',
    'http://1.crl.1a/ca.crl',
    'http://crl.example/a%20b',
    "http://crl.example/!$&'()*+,;=:@-._~",
    `http://crl.example/${'x'.repeat(2000)}`,
  ])('may be %s', (url) => {
    expect(isCrlUrl(url)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['another scheme', 'ftp://crl.example/ca.crl'],
    ['a scheme that only looks like http', 'httpx://crl.example/'],
    ['no scheme', 'crl.example/ca.crl'],
    ['a relative path', '//crl.example/ca.crl'],
    ['no host', 'http:///ca.crl'],
    ['no host but a port', 'http://:80/ca.crl'],
    ['no host but a user', 'http://user@/ca.crl'],
    ['no slashes', 'http:crl.example'],
    ['a backslash', 'http:\\\\crl.example\\ca.crl'],
    ['a space', 'http://crl.example/a b'],
    ['a leading space', ' http://crl.example/'],
    ['a line feed', 'http://crl.example/\n'],
    ['a control character', 'http://crl.example/\u0001'],
    ['a zero byte', 'http://crl.example/\0'],
    ['letters that are not ASCII', 'http://crl.exämple/'],
    ['quotes', 'http://crl.example/"'],
    ['angle brackets', 'http://crl.example/<a>'],
    ['a broken escape', 'http://crl.example/%zz'],
    ['an escape in the host', 'http://%41.example/'],
    ['half an escape', 'http://crl.example/%2'],
    ['an open bracket', 'http://[2001:db8::1/ca.crl'],
    ['a port that is none', 'http://crl.example:99999/'],
    ['letters for a port', 'http://crl.example:port/'],
    ['an address that is too long', 'http://192.0.2.1.2/'],
    ['an address with a part that is too large', 'http://192.0.2.256/'],
    ['an address that others read in another way', 'http://192.0.2/'],
    ['an address in octal', 'http://0300.0.2.1/'],
    ['an address in hexadecimal', 'http://0xc0000201/'],
    ['an address with a point behind it', 'http://192.0.2.1./'],
    ['an IPv6 address that is too long', 'http://[1:2:3:4:5:6:7:8:9]/'],
    ['an IPv6 address with two gaps', 'http://[1::2::3]/'],
    ['an IPv6 address with a zone', 'http://[fe80::1%25eth0]/'],
    ['an address of a later version', 'http://[v1.a]/'],
  ])('may not have %s', (_, url) => {
    expect(isCrlUrl(url)).toBe(false);
  });
});
