import { isCrlUrl } from '../../../src/broker/crl-url.ts';

const SCHEMES = ['http://', 'HTTPS://', 'http:/', 'ftp://', 'httpx://', ''];
const USERS = ['', 'user@', 'user:pa%41ss@', '@', 'a@b@', '[@'];
const HOSTS = [
  'crl.example',
  'xn--mnchen-3ya.example',
  '_a-b.~c',
  "!$&'()*+,;=",
  '.',
  'a..b',
  '',
  '%41.example',
  'a b',
  'a"',
  'a\u00e9',
  '192.0.2.1',
  '192.0.2.1.',
  '192.0.2.256',
  '192.0.2',
  '01.2.3.4',
  '1.2.3.4.5',
  '127.1',
  '4294967295',
  '0x7f000001',
  'a.0x',
  'a.0xg',
  'a.1',
  'a.1a',
  '1.a',
  '[2001:db8::1]',
  '[::]',
  '[::ffff:192.0.2.1]',
  '[::ffff:192.0.2.01]',
  '[::ffff:192.0.2]',
  '[1:2:3:4:5:6:7:8]',
  '[1:2:3:4:5:6:7::]',
  '[1:2:3:4:5:6:7:8:9]',
  '[::1::]',
  '[1:2:3:4:5:6:7]',
  '[:::1]',
  '[12345::]',
  '[fe80::1%25eth0]',
  '[v1.a]',
  '[]',
  '[::1',
  '::1',
  '[::1]a',
];
const PORTS = ['', ':', ':0', ':80', ':00080', ':65535', ':65536', ':99999999999999999999', ':8a'];
const RESTS = ['', '/', '/a%20b?c#d', '?', '#', '##', '/[', '/%zz', '/%4', '/a b', '/\u0001', '\\'];

/** `accepted` or `refused`, and a text in hexadecimal, a line each: every part of a URL with every other. */
export function goldenUrls(): string {
  const plain = { scheme: 'http://', user: '', host: 'crl.example', port: '', rest: '/' };
  const parts = [
    ...SCHEMES.map((scheme) => ({ ...plain, scheme })),
    ...USERS.flatMap((user) => HOSTS.map((host) => ({ ...plain, user, host }))),
    ...HOSTS.flatMap((host) => PORTS.map((port) => ({ ...plain, host, port }))),
    ...HOSTS.flatMap((host) => RESTS.map((rest) => ({ ...plain, host, rest }))),
  ];
  const lines = parts.map(({ scheme, user, host, port, rest }) => {
    const url = `${scheme}${user}${host}${port}${rest}`;
    return `${isCrlUrl(url) ? 'accepted' : 'refused'} ${Buffer.from(url).toString('hex')}\n`;
  });
  return [...new Set(lines)].join('');
}
