import type { WireRequest } from '../../../support/http2/wire-connection.ts';
import { HEALTH_CHECK, hashRequest } from '../../support/grpc-caller.ts';
import { framed } from '../../support/raw-http2.ts';
import { BODY, HASH_ABC } from './wire.ts';

const MIB = 1024 * 1024;

/** Calls that end in every way there is; those that their client breaks off are sent without an end. */
export const CALL_ENDINGS: readonly (readonly [string, WireRequest])[] = [
  ['a hash', { body: BODY }],
  ['health', { path: HEALTH_CHECK, body: framed(Buffer.alloc(0)) }],
  ['an unknown service', { path: HEALTH_CHECK, body: framed(Buffer.from('0a0178', 'hex')) }],
  ['no body', {}],
  ['an empty body', { body: Buffer.alloc(0) }],
  ['half a prefix', { body: Buffer.of(0, 0) }],
  ['half a message', { body: BODY.subarray(0, 9) }],
  ['two messages', { body: Buffer.concat([BODY, BODY]) }],
  ['a surplus octet', { body: Buffer.concat([BODY, Buffer.of(0)]) }],
  ['an empty message', { body: framed(Buffer.alloc(0)) }],
  ['a compressed message', { body: framed(HASH_ABC, { compressed: 1 }) }],
  ['another encoding', { headers: { 'grpc-encoding': 'gzip' }, body: BODY }],
  ['2 GiB', { body: framed(HASH_ABC, { length: 0x7fffffff }) }],
  ['more than 2 MiB', { body: framed(Buffer.alloc(2 * MIB + 1)) }],
  ['more than 1 MiB of input', { body: framed(hashRequest('Default', Buffer.alloc(MIB + 1))) }],
  ['noise', { body: framed(Buffer.alloc(20, 0xff)) }],
  ['an unknown method', { path: '/none', body: BODY }],
  ['an unknown method of odd characters', { path: '/a\u00ff"b', body: BODY }],
  ['an unknown method of a long name', { path: `/${'a'.repeat(300)}`, body: BODY }],
  [
    'a closed method',
    { path: '/CryptoBroker.CryptoGrpcDev/Benchmark', body: framed(Buffer.alloc(0)) },
  ],
  ['no gRPC', { headers: { 'content-type': 'text/plain' }, body: BODY }],
  ['no request', { headers: { ':method': undefined }, body: BODY }],
  ['a wrong timeout', { headers: { 'grpc-timeout': '1' }, body: BODY }],
  [
    'a short timeout',
    { headers: { 'grpc-timeout': '20m' }, body: BODY.subarray(0, 8), end: false },
  ],
];
