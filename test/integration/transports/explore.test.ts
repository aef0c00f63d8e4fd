import { it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { HASH_DATA, HEALTH_CHECK, hashRequest } from '../support/grpc-caller.ts';
import { framed } from '../support/raw-http2.ts';
import { startTestBroker } from '../support/test-broker.ts';
import {
  frame,
  padded,
  settingsFrame,
  uint32,
  resetFrame,
  windowFrame,
  PREFACE,
} from '../../support/http2/frames.ts';
import { headerBlock, indexed, tableSize, type Field } from '../../support/http2/header-block.ts';
import {
  requestFields,
  WireConnection,
  type WireOutcome,
} from '../../support/http2/wire-connection.ts';

const M = hashRequest('Default', 'abc');
const F = framed(M);
const EH = 4,
  ES = 1,
  PAD = 8,
  PRIO = 0x20;
type Run = (c: WireConnection, socket: string) => Promise<unknown>;
const H =
  (headers: Record<string, string | undefined>, body: Uint8Array | undefined = F): Run =>
  (c) =>
    c.call({ headers, ...(body && { body }) });
const raw = (...f: (s: number) => Uint8Array | any): any => 0;
const via =
  (make: (s: number, c: WireConnection) => Uint8Array[]): Run =>
  async (c) => {
    const s = c.newStream();
    c.stream(s);
    c.send(...make(s, c));
    return await c.outcome(s);
  };
const fields = (extra: Field[] = [], over: Record<string, string | undefined> = {}) =>
  headerBlock([...requestFields({ headers: over }), ...extra]);
const conn =
  (make: (c: WireConnection) => Uint8Array[]): Run =>
  async (c) => {
    c.send(...make(c));
    const e = await Promise.race([c.end().then((x) => `end ${x}`), c.ping().then(() => 'alive')]);
    return c.closed ? `end ${c.goAways.at(-1)?.code}` : e;
  };
const hd = (s: number, flags = EH, block = fields()) => frame('headers', flags, s, block);
const data = (s: number, b: Uint8Array, fl = 0) => frame('data', fl, s, b);

const CASES: Record<string, Run> = {
  plain: H({}),
  noBody: (c) => c.call({}),
  emptyBody: H({}, Buffer.alloc(0)),
  health: (c) => c.call({ path: HEALTH_CHECK, body: framed(Buffer.alloc(0)) }),
  twoMessages: H({}, Buffer.concat([F, F])),
  partPrefix: H({}, Buffer.of(0, 0)),
  shortMsg: H({}, framed(M, { length: M.length + 1 })),
  surplusByte: H({}, Buffer.concat([F, Buffer.of(0)])),
  surplus4: H({}, Buffer.concat([F, Buffer.alloc(4)])),
  surplus5empty: H({}, Buffer.concat([F, Buffer.alloc(5)])),
  len4M1: H({}, framed(M, { length: 4 * 1024 * 1024 + 1 })),
  len4M: H({}, framed(M, { length: 4 * 1024 * 1024 })),
  len2G: H({}, framed(M, { length: 0x7fffffff })),
  len4G: H({}, framed(M, { length: 0xffffffff })),
  comp1: H({}, framed(M, { compressed: 1 })),
  comp2: H({}, framed(M, { compressed: 2 })),
  comp255: H({}, framed(M, { compressed: 255 })),
  compGzip: H({ 'grpc-encoding': 'gzip' }, framed(gzipSync(M), { compressed: 1 })),
  compIdentity: H({ 'grpc-encoding': 'identity' }, framed(M, { compressed: 1 })),
  encIdentity: H({ 'grpc-encoding': 'identity' }),
  encIDENTITY: H({ 'grpc-encoding': 'IDENTITY' }),
  encEmpty: H({ 'grpc-encoding': '' }),
  encSpace: H({ 'grpc-encoding': ' identity' }),
  encSnappy: H({ 'grpc-encoding': 'snappy' }),
  compTooLong: H({}, framed(M, { compressed: 1, length: 5 * 1024 * 1024 })),
  compNotWhole: H({}, framed(M, { compressed: 1, length: 500 })),
  comp2nd: H({}, Buffer.concat([F, framed(M, { compressed: 1 })])),
  accept: H({ 'grpc-accept-encoding': 'gzip,deflate,identity' }),
  acceptOdd: H({ 'grpc-accept-encoding': '' }),
  noMethod: H({ ':method': undefined }),
  noPath: H({ ':path': undefined }),
  noScheme: H({ ':scheme': undefined }),
  noAuthority: H({ ':authority': undefined }),
  noTe: H({ te: undefined }),
  teGzip: H({ te: 'gzip' }),
  teTrailersCaps: H({ te: 'Trailers' }),
  noCT: H({ 'content-type': undefined }),
  get: H({ ':method': 'GET' }),
  getNoBody: (c) => c.call({ headers: { ':method': 'GET' } }),
  put: H({ ':method': 'PUT' }),
  head: (c) => c.call({ headers: { ':method': 'HEAD' } }),
  options: H({ ':method': 'OPTIONS' }),
  connect: H({ ':method': 'CONNECT' }),
  connectProper: H({ ':method': 'CONNECT', ':scheme': undefined, ':path': undefined }),
  methodLower: H({ ':method': 'post' }),
  methodEmpty: H({ ':method': '' }),
  methodOdd: H({ ':method': 'P OST' }),
  schemeHttps: H({ ':scheme': 'https' }),
  schemeOdd: H({ ':scheme': 'x' }),
  schemeEmpty: H({ ':scheme': '' }),
  pathEmpty: H({ ':path': '' }),
  pathStar: H({ ':path': '*' }),
  pathNoSlash: H({ ':path': 'CryptoBroker.CryptoGrpc/HashData' }),
  pathQuery: H({ ':path': '/CryptoBroker.CryptoGrpc/HashData?x=1' }),
  pathFragment: H({ ':path': '/CryptoBroker.CryptoGrpc/HashData#x' }),
  pathDouble: H({ ':path': '//CryptoBroker.CryptoGrpc/HashData' }),
  pathCase: H({ ':path': '/cryptobroker.cryptogrpc/HashData' }),
  pathSlash: H({ ':path': '/CryptoBroker.CryptoGrpc/HashData/' }),
  pathPercent: H({ ':path': '/CryptoBroker.CryptoGrpc/%48ashData' }),
  pathSpace: H({ ':path': '/CryptoBroker.CryptoGrpc/Hash Data' }),
  pathCtl: H({ ':path': '/a\u0001b' }),
  pathTab: H({ ':path': '/a\tb' }),
  pathNul: H({ ':path': '/a\0b' }),
  pathHigh: H({ ':path': '/a\u00ffb' }),
  pathLong: H({ ':path': '/' + 'a'.repeat(5000) }),
  path80: H({ ':path': '/' + 'a'.repeat(79) }),
  path81: H({ ':path': '/' + 'a'.repeat(80) }),
  path82: H({ ':path': '/' + '\u00e9'.repeat(85) }),
  pathAbsolute: H({ ':path': 'http://localhost/CryptoBroker.CryptoGrpc/HashData' }),
  path7f: H({ ':path': '/a\x7fb' }),
  pathQuote: H({ ':path': '/a"b<c>^`{|}\\' }),
  pathPct: H({ ':path': '/a%zz%20b#c?d&e' }),
  ctJson: H({ 'content-type': 'application/json' }),
  ctGrpcWeb: H({ 'content-type': 'application/grpc-web' }),
  ctGrpcWebProto: H({ 'content-type': 'application/grpc-web+proto' }),
  ctProto: H({ 'content-type': 'application/grpc+proto' }),
  ctPROTO: H({ 'content-type': 'application/grpc+PROTO' }),
  ctUPPER: H({ 'content-type': 'APPLICATION/GRPC' }),
  ctJson2: H({ 'content-type': 'application/grpc+json' }),
  ctEmptyCodec: H({ 'content-type': 'application/grpc+' }),
  ctSemi: H({ 'content-type': 'application/grpc;' }),
  ctParam: H({ 'content-type': 'application/grpc; charset=utf-8' }),
  ctParamProto: H({ 'content-type': 'application/grpc+proto;x' }),
  ctSpace: H({ 'content-type': 'application/grpc ;x' }),
  ctLead: H({ 'content-type': ' application/grpc' }),
  ctComma: H({ 'content-type': 'application/grpc, application/grpc' }),
  ctX: H({ 'content-type': 'application/grpcx' }),
  ctEmpty: H({ 'content-type': '' }),
  ctNl: H({ 'content-type': 'application/grpc;\u2028' }),
  ctTrail: H({ 'content-type': 'application/grpc ' }),
  ctNoBody: (c) => c.call({ headers: { 'content-type': 'text/plain' } }),
  ctJsonUnknown: H({ 'content-type': 'application/json', ':path': '/nothing' }),
};
for (const t of [
  '1H',
  '1M',
  '1S',
  '1000m',
  '100000u',
  '99999999u',
  '99999999H',
  '99999999n',
  '0S',
  '0n',
  '00000000S',
  '1',
  'S',
  '',
  '-1S',
  '+1S',
  '1.5S',
  '1s',
  '1h',
  '1 S',
  ' 1S',
  '1S ',
  '123456789S',
  '1SS',
  '1S,1S',
  '0x1S',
  '\u00bdS',
  '1\u00b5',
  '9999999S',
  '2147484S',
  '2147483S',
  '596H',
  '597H',
  '35791M',
  '35792M',
  '1n',
  '1u',
  '1m',
  '5m',
])
  CASES['timeout ' + t] = H({ 'grpc-timeout': t });
Object.assign(CASES, {
  dupCT: via((s) => [hd(s, EH, fields([['content-type', 'application/grpc']])), data(s, F, ES)]),
  dupCTother: via((s) => [hd(s, EH, fields([['content-type', 'text/plain']])), data(s, F, ES)]),
  dupTimeout: via((s) => [
    hd(
      s,
      EH,
      fields([
        ['grpc-timeout', '1S'],
        ['grpc-timeout', '1S'],
      ]),
    ),
    data(s, F, ES),
  ]),
  dupEncoding: via((s) => [
    hd(
      s,
      EH,
      fields([
        ['grpc-encoding', 'identity'],
        ['grpc-encoding', 'identity'],
      ]),
    ),
    data(s, F, ES),
  ]),
  dupPath: via((s) => [hd(s, EH, fields([[':path', '/x']])), data(s, F, ES)]),
  dupTe: via((s) => [hd(s, EH, fields([['te', 'trailers']])), data(s, F, ES)]),
  pseudoAfter: via((s) => [
    hd(s, EH, Buffer.concat([headerBlock([['te', 'trailers']]), fields()])),
    data(s, F, ES),
  ]),
  pseudoUnknown: via((s) => [hd(s, EH, fields([[':nothing', 'x']])), data(s, F, ES)]),
  pseudoStatus: via((s) => [
    hd(s, EH, headerBlock([[':status', '200'], ...requestFields()])),
    data(s, F, ES),
  ]),
  upperName: via((s) => [hd(s, EH, fields([['X-Up', 'x']])), data(s, F, ES)]),
  emptyName: via((s) => [hd(s, EH, fields([['', 'x']])), data(s, F, ES)]),
  spaceName: via((s) => [hd(s, EH, fields([['a b', 'x']])), data(s, F, ES)]),
  nulName: via((s) => [hd(s, EH, fields([['a\0b', 'x']])), data(s, F, ES)]),
  nulValue: via((s) => [hd(s, EH, fields([['a', 'x\0y']])), data(s, F, ES)]),
  crlfValue: via((s) => [hd(s, EH, fields([['a', 'x\r\ny: z']])), data(s, F, ES)]),
  highValue: via((s) => [hd(s, EH, fields([['a', 'x\u00ffy']])), data(s, F, ES)]),
  ctlValue: via((s) => [hd(s, EH, fields([['a', 'x\u0001y']])), data(s, F, ES)]),
  spaceValue: via((s) => [hd(s, EH, fields([['a', ' x ']])), data(s, F, ES)]),
  connectionHeader: via((s) => [hd(s, EH, fields([['connection', 'close']])), data(s, F, ES)]),
  transferEncoding: via((s) => [
    hd(s, EH, fields([['transfer-encoding', 'chunked']])),
    data(s, F, ES),
  ]),
  upgrade: via((s) => [hd(s, EH, fields([['upgrade', 'h2c']])), data(s, F, ES)]),
  keepAliveH: via((s) => [hd(s, EH, fields([['keep-alive', '5']])), data(s, F, ES)]),
  proxyConn: via((s) => [hd(s, EH, fields([['proxy-connection', '5']])), data(s, F, ES)]),
  host: via((s) => [hd(s, EH, fields([['host', 'other']])), data(s, F, ES)]),
  hostOnly: via((s) => [
    hd(s, EH, fields([['host', 'other']], { ':authority': undefined })),
    data(s, F, ES),
  ]),
  clRight: via((s) => [hd(s, EH, fields([['content-length', String(F.length)]])), data(s, F, ES)]),
  clLow: via((s) => [
    hd(s, EH, fields([['content-length', String(F.length - 1)]])),
    data(s, F, ES),
  ]),
  clHigh: via((s) => [
    hd(s, EH, fields([['content-length', String(F.length + 1)]])),
    data(s, F, ES),
  ]),
  clOdd: via((s) => [hd(s, EH, fields([['content-length', 'x']])), data(s, F, ES)]),
  clTwice: via((s) => [
    hd(
      s,
      EH,
      fields([
        ['content-length', String(F.length)],
        ['content-length', String(F.length)],
      ]),
    ),
    data(s, F, ES),
  ]),
  binMd: via((s) => [hd(s, EH, fields([['x-bin', 'AAEC']])), data(s, F, ES)]),
  binMdBad: via((s) => [hd(s, EH, fields([['x-bin', '***']])), data(s, F, ES)]),
  mdGrpcReserved: via((s) => [
    hd(
      s,
      EH,
      fields([
        ['grpc-status', '3'],
        ['grpc-message', 'x'],
        ['grpc-nonsense', 'x'],
        ['grpc-previous-rpc-attempts', '7'],
        ['grpc-retry-pushback-ms', '1'],
        ['grpc-trace-bin', 'AA'],
        ['grpc-tags-bin', '*'],
        ['cryptobroker-admission', '1'],
      ]),
    ),
    data(s, F, ES),
  ]),
  list8k: via((s) => [hd(s, EH, fields([['a', 'x'.repeat(7000)]])), data(s, F, ES)]),
  list15k: via((s) => [
    hd(
      s,
      EH,
      fields([
        ['a', 'x'.repeat(7500)],
        ['b', 'x'.repeat(7500)],
      ]),
    ),
    data(s, F, ES),
  ]),
  list17k: via((s) => [
    hd(
      s,
      EH,
      fields([
        ['a', 'x'.repeat(8000)],
        ['b', 'x'.repeat(8200)],
      ]),
    ),
    data(s, F, ES),
  ]),
  list60k: via((s) => [
    hd(s, 0, fields()),
    ...[1, 2, 3, 4].map((i) =>
      frame('continuation', i === 4 ? EH : 0, s, headerBlock([['a', 'x'.repeat(15000)]])),
    ),
    data(s, F, ES),
  ]),
  list80k: via((s) => [
    hd(s, 0, fields()),
    ...[1, 2, 3, 4, 5, 6].map((i) =>
      frame('continuation', i === 6 ? EH : 0, s, headerBlock([['a', 'x'.repeat(15000)]])),
    ),
    data(s, F, ES),
  ]),
  fields200: via((s) => [
    hd(s, EH, fields(Array.from({ length: 200 }, (_, i): Field => ['x' + i, '1']))),
    data(s, F, ES),
  ]),
  padHeaders: via((s) => [frame('headers', EH | PAD, s, padded(fields(), 200)), data(s, F, ES)]),
  pad0: via((s) => [frame('headers', EH | PAD, s, padded(fields(), 0)), data(s, F, ES)]),
  padTooLong: via((s) => [
    frame('headers', EH | PAD, s, Buffer.concat([Buffer.of(255), fields().subarray(0, 100)])),
    data(s, F, ES),
  ]),
  prioHeaders: via((s) => [
    frame('headers', EH | PRIO, s, Buffer.concat([uint32(0), Buffer.of(15), fields()])),
    data(s, F, ES),
  ]),
  prioSelf: via((s) => [
    frame('headers', EH | PRIO, s, Buffer.concat([uint32(s), Buffer.of(15), fields()])),
    data(s, F, ES),
  ]),
  prioPad: via((s) => [
    frame(
      'headers',
      EH | PRIO | PAD,
      s,
      padded(Buffer.concat([uint32(0x80000000), Buffer.of(255), fields()]), 9),
    ),
    data(s, F, ES),
  ]),
  continuations: via((s) => {
    const b = fields();
    return [
      frame('headers', 0, s, b.subarray(0, 5)),
      frame('continuation', 0, s, b.subarray(5, 6)),
      frame('continuation', 0, s),
      frame('continuation', EH, s, b.subarray(6)),
      data(s, F, ES),
    ];
  }),
  contEndStream: via((s) => {
    const b = fields();
    return [frame('headers', ES, s, b.subarray(0, 5)), frame('continuation', EH, s, b.subarray(5))];
  }),
  contInterrupted: via((s) => {
    const b = fields();
    return [
      frame('headers', 0, s, b.subarray(0, 5)),
      frame('ping', 0, 0, Buffer.alloc(8)),
      frame('continuation', EH, s, b.subarray(5)),
      data(s, F, ES),
    ];
  }),
  contOther: via((s) => {
    const b = fields();
    return [
      frame('headers', 0, s, b.subarray(0, 5)),
      frame('continuation', EH, s + 2, b.subarray(5)),
      data(s, F, ES),
    ];
  }),
  contAlone: conn((c) => [frame('continuation', EH, 1, fields())]),
  headers0: conn(() => [frame('headers', EH | ES, 0, fields())]),
  headersEven: conn(() => [frame('headers', EH | ES, 2, fields())]),
  data0: conn(() => [frame('data', ES, 0, F)]),
  dataIdle: conn(() => [frame('data', ES, 5, F)]),
  rstIdle: conn(() => [resetFrame(5, 8)]),
  rst0: conn(() => [resetFrame(0, 8)]),
  rstShort: conn(() => [frame('rstStream', 0, 1, Buffer.alloc(3))]),
  rstLong: conn(() => [frame('rstStream', 0, 1, Buffer.alloc(5))]),
  wu0conn: conn(() => [windowFrame(0, 0)]),
  wuOverConn: conn(() => [windowFrame(0, 0x7fffffff)]),
  wuIdle: conn(() => [windowFrame(7, 1)]),
  wuShort: conn(() => [frame('windowUpdate', 0, 0, Buffer.alloc(3))]),
  wu0stream: via((s) => [hd(s), windowFrame(s, 0), data(s, F, ES)]),
  wuOverStream: via((s) => [
    hd(s),
    windowFrame(s, 0x7fffffff),
    windowFrame(s, 0x7fffffff),
    data(s, F, ES),
  ]),
  wuReserved: via((s) => [hd(s), windowFrame(0, 0x80000001), data(s, F, ES)]),
  pingLong: conn(() => [frame('ping', 0, 0, Buffer.alloc(9))]),
  pingShort: conn(() => [frame('ping', 0, 0, Buffer.alloc(7))]),
  pingStream: conn(() => [frame('ping', 0, 1, Buffer.alloc(8))]),
  pingAckAlone: conn(() => [frame('ping', 1, 0, Buffer.alloc(8))]),
  settingsStream: conn(() => [frame('settings', 0, 1)]),
  settingsOdd: conn(() => [frame('settings', 0, 0, Buffer.alloc(5))]),
  settingsAckBody: conn(() => [frame('settings', 1, 0, Buffer.alloc(6))]),
  settingsAckAlone: conn(() => [frame('settings', 1, 0)]),
  settingsUnknown: conn(() => [
    settingsFrame([
      [0xff, 1],
      [0x1234, 0xffffffff],
    ]),
  ]),
  settingsPush2: conn(() => [settingsFrame([[2, 2]])]),
  settingsPush1: conn(() => [settingsFrame([[2, 1]])]),
  settingsWindowBig: conn(() => [settingsFrame([[4, 0x80000000]])]),
  settingsFrameSmall: conn(() => [settingsFrame([[5, 16383]])]),
  settingsFrameBig: conn(() => [settingsFrame([[5, 0x1000000]])]),
  settingsConnectProto: conn(() => [settingsFrame([[8, 1]])]),
  settingsMaxStreams0: conn(() => [settingsFrame([[3, 0]])]),
  settingsTableHuge: conn(() => [settingsFrame([[1, 0xffffffff]])]),
  settings100: conn(() => [
    settingsFrame(Array.from({ length: 33 }, (_, i) => [0x100 + i, 1] as const)),
  ]),
  priority: conn(() => [frame('priority', 0, 3, Buffer.concat([uint32(0), Buffer.of(1)]))]),
  prioritySelf: conn(() => [frame('priority', 0, 3, Buffer.concat([uint32(3), Buffer.of(1)]))]),
  priority0: conn(() => [frame('priority', 0, 0, Buffer.alloc(5))]),
  priorityShort: conn(() => [frame('priority', 0, 3, Buffer.alloc(4))]),
  push: conn(() => [frame('pushPromise', EH, 1, Buffer.concat([uint32(2), fields()]))]),
  unknownFrame: conn(() => [frame(0x77, 0xff, 9, Buffer.alloc(100)), frame(0x77, 0, 0)]),
  altsvc: conn(() => [frame(10, 0, 0, Buffer.concat([Buffer.of(0, 1), Buffer.from('ah2')]))]),
  origin: conn(() => [frame(12, 0, 0)]),
  prioUpdate: conn(() => [frame(16, 0, 0, Buffer.concat([uint32(1), Buffer.from('u=1')]))]),
  tooBigFrame: conn(() => [frame(0x77, 0, 0, Buffer.alloc(16385))]),
  tooBigData: via((s) => [hd(s), frame('data', ES, s, Buffer.alloc(16385))]),
  tooBigHeaders: via((s) => [frame('headers', EH | ES, s, Buffer.alloc(16385, 0x88))]),
  goawayClient: via((s) => [
    hd(s),
    frame('goaway', 0, 0, Buffer.concat([uint32(0), uint32(0)])),
    data(s, F, ES),
  ]),
  goawayErr: via((s) => [
    hd(s),
    frame('goaway', 0, 0, Buffer.concat([uint32(0), uint32(2), Buffer.from('debug')])),
    data(s, F, ES),
  ]),
  goawayStream: conn(() => [frame('goaway', 0, 1, Buffer.alloc(8))]),
  goawayShort: conn(() => [frame('goaway', 0, 0, Buffer.alloc(7))]),
  goawayAlone: conn(() => [frame('goaway', 0, 0, Buffer.concat([uint32(0), uint32(0)]))]),
  dataPad: via((s) => [hd(s), frame('data', PAD | ES, s, padded(F, 100))]),
  dataPadAll: via((s) => [
    hd(s),
    frame('data', PAD, s, Buffer.concat([Buffer.of(5), Buffer.alloc(5)])),
    data(s, F, ES),
  ]),
  dataPadOver: via((s) => [hd(s), frame('data', PAD | ES, s, Buffer.concat([Buffer.of(255), F]))]),
  dataPadEmpty: via((s) => [hd(s), frame('data', PAD | ES, s)]),
  dataEmptyBetween: via((s) => [
    hd(s),
    data(s, Buffer.alloc(0)),
    data(s, F.subarray(0, 3)),
    data(s, Buffer.alloc(0)),
    data(s, F.subarray(3)),
    data(s, Buffer.alloc(0), ES),
  ]),
  byteByByte: via((s) => [
    hd(s),
    ...Array.from(F, (b) => data(s, Buffer.of(b))),
    data(s, Buffer.alloc(0), ES),
  ]),
  trailers: via((s) => [
    hd(s),
    data(s, F),
    frame('headers', EH | ES, s, headerBlock([['x-t', '1']])),
  ]),
  trailersNoEnd: via((s) => [
    hd(s),
    data(s, F),
    frame('headers', EH, s, headerBlock([['x-t', '1']])),
    data(s, Buffer.alloc(0), ES),
  ]),
  trailersPseudo: via((s) => [
    hd(s),
    data(s, F),
    frame('headers', EH | ES, s, headerBlock([[':path', '/x']])),
  ]),
  trailersEmpty: via((s) => [hd(s), data(s, F), frame('headers', EH | ES, s)]),
  trailersNoData: via((s) => [hd(s), frame('headers', EH | ES, s, headerBlock([['x-t', '1']]))]),
  trailersTimeout: via((s) => [
    hd(s),
    data(s, F),
    frame(
      'headers',
      EH | ES,
      s,
      headerBlock([
        ['grpc-timeout', 'x'],
        ['content-type', 'x'],
      ]),
    ),
  ]),
  trailersBig: via((s) => [
    hd(s),
    data(s, F),
    frame('headers', 0, s, headerBlock([['x-t', 'y'.repeat(9000)]])),
    frame('continuation', EH | ES, s, headerBlock([['x-u', 'y'.repeat(9000)]])),
  ]),
  dataAfterEnd: via((s) => [hd(s), data(s, F, ES), data(s, F, ES)]),
  headersAfterEnd: via((s) => [hd(s), data(s, F, ES), hd(s, EH | ES)]),
  reuse: (async (c) => {
    const s = c.newStream();
    c.send(hd(s), data(s, F, ES));
    const a = await c.outcome(s);
    c.send(hd(s, EH), data(s, F, ES));
    await Promise.race([c.end(), c.ping()]);
    return [a.status, c.closed, c.goAways];
  }) as Run,
  dataOnClosed: (async (c) => {
    const s = c.newStream();
    c.send(hd(s), data(s, F, ES));
    const a = await c.outcome(s);
    c.send(data(s, F, ES));
    await Promise.race([c.end(), c.ping()]);
    return [a.status, c.closed, c.goAways, c.stream(s).reset];
  }) as Run,
  lowerId: (async (c) => {
    c.newStream();
    const s = c.newStream();
    c.send(hd(s), data(s, F, ES));
    const a = await c.outcome(s);
    c.send(hd(1, EH), data(1, F, ES));
    await Promise.race([c.end(), c.ping()]);
    return [a.status, c.closed, c.goAways];
  }) as Run,
  resetBefore: (async (c) => {
    const s = c.newStream();
    c.send(hd(s), resetFrame(s, 8));
    await c.ping();
    return (await c.call({ body: F })).status;
  }) as Run,
  resetAfterData: (async (c) => {
    const s = c.newStream();
    c.send(hd(s), data(s, F, ES), resetFrame(s, 8));
    await c.ping();
    return (await c.call({ body: F })).status;
  }) as Run,
  resetAfter: (async (c) => {
    const s = c.newStream();
    c.send(hd(s), data(s, F, ES));
    await c.outcome(s);
    c.send(resetFrame(s, 8));
    await c.ping();
    return (await c.call({ body: F })).status;
  }) as Run,
  table0: (async (c) => {
    c.send(settingsFrame([[1, 0]]));
    await c.until(() => c.settingsAcknowledged >= 2, 'ack');
    return [await c.call({ body: F }), await c.call({ body: F })].map((a) => a.status);
  }) as Run,
  tableChange: (async (c) => {
    const r = [];
    for (const n of [100, 0, 4096, 1, 65536, 4096]) {
      c.send(settingsFrame([[1, n]]));
      r.push((await c.call({ body: F })).status);
    }
    return r;
  }) as Run,
  dynamic: (async (c) => {
    const s = c.newStream();
    c.send(hd(s, EH, headerBlock(requestFields(), { indexing: 'incremental' })), data(s, F, ES));
    const a = await c.outcome(s);
    const s2 = c.newStream();
    c.send(
      hd(s2, EH, Buffer.concat([67, 66, 65, 64, 63, 62].map((i) => indexed(i)))),
      data(s2, F, ES),
    );
    return [a.status, await c.outcome(s2)];
  }) as Run,
  huffman: (c) => c.call({ body: F, form: { huffman: true } }),
  never: (c) => c.call({ body: F, form: { indexing: 'never' } }),
  literalNames: (c) => c.call({ body: F, form: { literalNames: true } }),
  literalHuff: (c) =>
    c.call({ body: F, form: { literalNames: true, huffman: true, indexing: 'incremental' } }),
  sizeUpdateOk: via((s) => [
    hd(s, EH, Buffer.concat([tableSize(0), tableSize(4096), fields()])),
    data(s, F, ES),
  ]),
  sizeUpdateBig: via((s) => [
    hd(s, EH, Buffer.concat([tableSize(4097), fields()])),
    data(s, F, ES),
  ]),
  sizeUpdateLate: via((s) => [
    hd(s, EH, Buffer.concat([fields(), tableSize(100)])),
    data(s, F, ES),
  ]),
  badIndex: via((s) => [hd(s, EH, indexed(70))]),
  index0: via((s) => [hd(s, EH, Buffer.of(0x80))]),
  hpackTrunc: via((s) => [hd(s, EH, fields().subarray(0, 40))]),
  huffBad: via((s) => [hd(s, EH, Buffer.of(0, 0x84, 0xff, 0xff, 0xff, 0xff, 0))]),
  hugeInt: via((s) => [
    hd(s, EH, Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)),
  ]),
  emptyHeaders: via((s) => [hd(s, EH | ES, Buffer.alloc(0))]),
});
const PRE: Record<string, (s: string) => Promise<unknown>> = {};
const pre = (bytes: Uint8Array) => async (socket: string) => {
  const c = await WireConnection.open(socket, { preface: false });
  c.send(bytes);
  return await Promise.race([
    c.end(),
    c
      .until(() => c.settings.size > 0, 'x')
      .then(() => c.ping())
      .then(() => (c.closed ? c.goAways : 'alive')),
  ]);
};
Object.assign(PRE, {
  http11: pre(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')),
  http11up: pre(
    Buffer.from(
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
    ),
  ),
  tls: pre(Buffer.from('16030100a5010000a10303', 'hex')),
  priOnly: pre(Buffer.concat([PREFACE.subarray(0, 20), Buffer.from('XX\r\n\r\n')])),
  noSettings: pre(Buffer.concat([PREFACE, frame('ping', 0, 0, Buffer.alloc(8))])),
  settingsAckFirst: pre(Buffer.concat([PREFACE, frame('settings', 1, 0)])),
  headersFirst: pre(Buffer.concat([PREFACE, hd(1, EH | ES)])),
  ok: pre(Buffer.concat([PREFACE, frame('settings', 0, 0)])),
});

it('explores', { timeout: 300_000 }, async () => {
  const sockets = [];
  for (const transport of ['grpc-js', 'native'] as const)
    sockets.push((await startTestBroker({ transport })).socket);
  const show = (x: unknown): string =>
    JSON.stringify(x, (k, v) =>
      k === 'reply' && v
        ? typeof v === 'object' && v.data
          ? Buffer.from(v.data).toString('hex').slice(0, 40)
          : v
        : k.startsWith('date')
          ? 0
          : v,
    );
  for (const [name, run] of [
    ...Object.entries(CASES),
    ...Object.entries(PRE).map(([n, r]): [string, any] => [n, async (_: any, s: string) => r(s)]),
  ] as [string, Run][]) {
    const out: string[] = [];
    for (const socket of sockets) {
      const c = await WireConnection.open(socket);
      let r: string;
      try {
        r = show(
          await Promise.race([
            run(c, socket),
            new Promise((_, j) =>
              setTimeout(() => {
                j(new Error('HANG'));
              }, 3000),
            ),
          ]),
        );
      } catch (e) {
        r = String(e).slice(0, 100);
      }
      out.push(r);
      c.socket.destroy();
    }
    console.log(
      `${out[0] === out[1] ? 'SAME' : 'DIFF'} ${name}\n   ${out[0]}${out[0] === out[1] ? '' : `\n   ${out[1]}`}`,
    );
  }
});
