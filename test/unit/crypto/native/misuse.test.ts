import { describe, expect, it } from 'vitest';

import type { NativeHandle, NativePolicy } from '../../../../src/addon/addon.ts';
import { certificateRequest } from '../../../support/certificate-requests.ts';
import { expectFailure, failureOf } from '../../../support/failures.ts';
import { startedAddon, startOptions, untyped } from './raw-addon.ts';

const addon = startedAddon();
const raw = untyped(addon);
const bytes = new Uint8Array(16);

const NOT_BYTES: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a string', 'abc'],
  ['a number', 42],
  ['an array', [1, 2, 3]],
  ['an ArrayBuffer', new ArrayBuffer(16)],
  ['a DataView', new DataView(new ArrayBuffer(16))],
  ['an Int8Array', new Int8Array(16)],
  ['a Uint16Array', new Uint16Array(16)],
  ['a Uint8ClampedArray', new Uint8ClampedArray(16)],
  ['an object that looks like one', { length: 16, buffer: new ArrayBuffer(16) }],
  ['a proxy of one', new Proxy(new Uint8Array(16), {})],
];

describe('bytes', () => {
  it.each(NOT_BYTES)('are not %s', async (_, value) => {
    await expectFailure(() => raw['digestHex']?.(0, value), 'INPUT_INVALID');
    await expectFailure(() => raw['digestInto']?.(0, bytes, value, 0), 'INPUT_INVALID');
    await expectFailure(() => raw['digestAsync']?.(0, value), 'INPUT_INVALID');
    await expectFailure(() => raw['kekImport']?.(value), 'INPUT_INVALID');
    await expectFailure(() => raw['randomFill']?.(value), 'INPUT_INVALID');
    await expectFailure(() => raw['hmac']?.(0, value, bytes), 'INPUT_INVALID');
    await expectFailure(
      () => raw['aeadSeal']?.(bytes, bytes.subarray(4), bytes, value),
      'INPUT_INVALID',
    );
  });

  it('may be a Buffer, a pooled one, a view with an offset, or empty', () => {
    const arena = new Uint8Array(100).fill(7);
    const expected = addon.digestHex(0, new Uint8Array(10).fill(7));
    expect(addon.digestHex(0, arena.subarray(45, 55))).toBe(expected);
    expect(addon.digestHex(0, Buffer.from(arena.subarray(0, 10)))).toBe(expected);
    expect(addon.digestHex(0, new Uint8Array(arena.buffer, 90))).toBe(expected);
    const ofNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    for (const empty of [new Uint8Array(0), arena.subarray(50, 50), Buffer.alloc(0)]) {
      expect(addon.digestHex(0, empty)).toBe(ofNothing);
    }
  });

  it('are refused when their buffer is detached', async () => {
    const view = new Uint8Array(16);
    detach(view);
    expect(await failureOf(() => addon.digestHex(0, view))).toMatchObject({
      code: 'INPUT_INVALID',
      message: 'a view of a detached buffer',
    });
    await expectFailure(() => addon.digestInto(0, bytes, view, 0), 'INPUT_INVALID');
    await expectFailure(() => addon.digestAsync(0, view), 'INPUT_INVALID');
  });

  it('are refused when they lie in shared memory, which may change while it is read', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(32));
    expect(await failureOf(() => addon.digestHex(0, shared))).toMatchObject({
      code: 'INPUT_INVALID',
      message: 'a view of shared memory',
    });
    await expectFailure(() => raw['randomFill']?.(shared), 'INPUT_INVALID');
    await expectFailure(() => addon.kekImport(shared), 'INPUT_INVALID');
  });

  it('of a buffer that can be resized are those that are there now', async () => {
    const buffer = resizable(32, 64);
    const tracking = new Uint8Array(buffer);
    const fixed = new Uint8Array(buffer, 16, 16);
    buffer.resize(20);
    expect(addon.digestHex(0, tracking)).toBe(addon.digestHex(0, new Uint8Array(20)));
    // Out of bounds now, so without bytes.
    expect(addon.digestHex(0, fixed)).toBe(addon.digestHex(0, new Uint8Array(0)));
    await expectFailure(() => addon.digestInto(0, bytes, fixed, 0), 'OUTPUT_TOO_SMALL');
  });

  it('are copied before work leaves the thread', async () => {
    const input = new Uint8Array(100_000).fill(1);
    const expected = addon.digestHex(0, input);
    const pending = addon.digestAsync(0, input);
    input.fill(2);
    detach(input);
    expect(Buffer.from(await pending).toString('hex')).toBe(expected);
  });
});

describe('numbers', () => {
  it.each([-1, 9, 0.5, NaN, Infinity, 2 ** 32, '0', null, undefined, 0n, {}])(
    'algorithm %s is refused',
    async (algorithm) => {
      await expectFailure(() => raw['digestHex']?.(algorithm, bytes), 'INPUT_INVALID');
      await expectFailure(() => raw['digestAsync']?.(algorithm, bytes), 'INPUT_INVALID');
      await expectFailure(() => raw['benchmarkDigest']?.(algorithm, bytes, 1), 'INPUT_INVALID');
    },
  );

  it('refuses offsets that are no whole number, and output that does not fit behind one', async () => {
    const output = new Uint8Array(40).fill(0xee);
    for (const offset of [-1, 0.5, NaN, 2 ** 53, '0']) {
      await expectFailure(() => raw['digestInto']?.(0, bytes, output, offset), 'INPUT_INVALID');
    }
    for (const offset of [9, 40, 41, 2 ** 31, 2 ** 53 - 1]) {
      await expectFailure(() => addon.digestInto(0, bytes, output, offset), 'OUTPUT_TOO_SMALL');
    }
    expect(output.every((byte) => byte === 0xee)).toBe(true);
    expect(addon.digestInto(0, bytes, output, 8)).toBe(32);
  });

  it('refuses benchmarks shorter than 1 ms or longer than 5 s', async () => {
    for (const milliseconds of [0, 5001, -1, 1.5]) {
      await expectFailure(() => addon.benchmarkDigest(0, bytes, milliseconds), 'INPUT_INVALID');
    }
  });

  it('refuses batch offsets that are not a Uint32Array', async () => {
    const output = new Uint8Array(32);
    for (const offsets of [[0, 16], new Uint8Array([0, 16]), new Int32Array([0, 16]), undefined]) {
      await expectFailure(() => raw['digestBatch']?.(0, bytes, offsets, output), 'INPUT_INVALID');
    }
  });
});

describe('handles', () => {
  const kek = addon.kekGenerate(256);
  const policy = addon.compilePolicy(somePolicy());

  it('are refused when they are something else', async () => {
    const [key, wrapped] = [new Uint8Array(16), new Uint8Array(24)];
    for (const value of [undefined, null, {}, 1, 'kek', bytes, { ...kek }]) {
      await expectFailure(() => raw['wrap']?.(0, value, key, wrapped), 'INPUT_INVALID');
      await expectFailure(() => raw['kekDrop']?.(value), 'INPUT_INVALID');
    }
  });

  it('of one kind do not pass for another', async () => {
    const request = await certificateRequest();
    const native = { ...request, notBefore: -1n, notAfter: -1n, pem: true };
    await expectFailure(
      () => addon.generateAndWrap(policy, bytes, new Uint8Array(24)),
      'INPUT_INVALID',
    );
    await expectFailure(() => raw['kekDrop']?.(policy), 'INPUT_INVALID');
    await expectFailure(() => addon.issueCertificate(kek, native), 'INPUT_INVALID');
  });

  it('of a dropped key stay closed', async () => {
    const dropped = addon.kekGenerate(128);
    addon.kekDrop(dropped);
    addon.kekDrop(dropped);
    await expectFailure(
      () => addon.generateAndWrap(dropped, bytes, new Uint8Array(24)),
      'KEY_HANDLE_CLOSED',
    );
  });

  it('show nothing of what is behind them', () => {
    expect(Object.getOwnPropertyNames(kek)).toEqual([]);
    expect(JSON.stringify(kek)).toBe('{}');
    expect(() => structuredClone(kek)).toThrow();
  });

  it('free their key memory when they are dropped', () => {
    // Thrice as many keys as the largest key memory holds.
    for (let i = 0; i < 50_000; i++) addon.kekDrop(addon.kekGenerate(256));
    expect(addon.generateAndWrap(kek, bytes, new Uint8Array(24))).toBe(24);
  });

  it('beyond the key memory are refused, and those that exist go on working', async () => {
    const handles: NativeHandle[] = [];
    const fill = () => {
      for (;;) handles.push(addon.kekGenerate(256));
    };
    expect(await failureOf(fill)).toEqual({
      code: 'INTERNAL',
      message: 'allocation in the secure heap failed',
    });
    const imported = new Uint8Array(32).fill(9);
    await expectFailure(() => addon.kekImport(imported), 'INTERNAL');
    expect(imported.every((byte) => byte === 0)).toBe(true);
    for (const handle of handles) addon.kekDrop(handle);
    addon.kekDrop(addon.kekGenerate(256));
  });
});

describe('policies and requests', () => {
  it.each([
    ['signatureKey', 2],
    ['signatureDigest', 3],
    ['notBeforeOffset', 0.5],
    ['notAfterOffset', Infinity],
    ['subjectRsa', [2048]],
    ['subjectEc', [521, 256]],
    ['issuerRsa', 'any'],
    ['issuerEc', [0, 70_000]],
    ['keyUsage', 512],
    ['extendedKeyUsage', [6]],
    ['extendedKeyUsage', [0, 1, 2, 3, 4, 5, 0]],
    ['ca', 1],
    ['pathLength', -2],
    ['skiDigest', 7],
  ])('refuse a policy whose %s is %j', async (name, value) => {
    const wrong = { ...somePolicy(), [name]: value };
    await expectFailure(() => raw['compilePolicy']?.(wrong), 'INPUT_INVALID');
    const without = { ...somePolicy(), [name]: undefined };
    await expectFailure(() => raw['compilePolicy']?.(without), 'INPUT_INVALID');
  });

  it.each([
    ['csr', 'text'],
    ['caKey', null],
    ['caCertificate', new Uint8Array(2 * 1024 * 1024 + 1)],
    ['now', 1.5],
    ['notBefore', 0],
    ['notBefore', -2n],
    ['notAfter', 2n ** 64n],
    ['subject', 7],
    ['crlDistributionPoints', 'http://example.test'],
    ['crlDistributionPoints', [1]],
    ['crlDistributionPoints', Array.from({ length: 65 }, () => 'http://example.test')],
    ['pem', undefined],
  ])('refuse a request whose %s is of another kind', async (name, value) => {
    const policy = addon.compilePolicy(somePolicy());
    const request = { ...(await certificateRequest()), notBefore: -1n, notAfter: -1n, pem: true };
    await expectFailure(
      () => raw['issueCertificate']?.(policy, { ...request, [name]: value }),
      'INPUT_INVALID',
    );
    await expectFailure(
      () => raw['benchmarkCertificate']?.(policy, { ...request, [name]: value }, 1),
      'INPUT_INVALID',
    );
  });

  it('pass on what a getter throws', async () => {
    const policy = addon.compilePolicy(somePolicy());
    const request = {
      ...(await certificateRequest()),
      get caKey(): Uint8Array {
        throw new TypeError('from a getter');
      },
    };
    expect(() => raw['issueCertificate']?.(policy, request)).toThrow('from a getter');
  });

  it('are not hurt by a getter that takes away a buffer read before', async () => {
    const policy = addon.compilePolicy(somePolicy());
    const request = await certificateRequest();
    const csr = Uint8Array.from(request.csr);
    const certificate = await addon.issueCertificate(policy, {
      ...request,
      csr,
      notBefore: -1n,
      notAfter: -1n,
      pem: true,
      get caKey() {
        detach(csr);
        return request.caKey;
      },
    });
    expect(Buffer.from(certificate).toString()).toMatch(/^-----BEGIN CERTIFICATE-----/);
  });

  it.each([undefined, null, 'policy', 5])('refuse %s in place of an object', async (value) => {
    await expectFailure(() => raw['compilePolicy']?.(value), 'INPUT_INVALID');
    const policy = addon.compilePolicy(somePolicy());
    await expectFailure(() => raw['issueCertificate']?.(policy, value), 'INPUT_INVALID');
    await expectFailure(() => raw['initialize']?.(value), 'INPUT_INVALID');
  });
});

describe('starting', () => {
  it('again with the same settings does nothing', () => {
    addon.initialize(startOptions());
    expect(addon.poolStats()).toMatchObject({ threads: 2, capacity: 64 });
  });

  it.each([
    { fips: 'off' as const },
    { poolThreads: 3 },
    { moduleSha256: '' },
    { requireLockedMemory: true },
    { caCacheEntries: 1, caCacheSeconds: 1 },
  ])('again with other settings is refused: %j', async (changes) => {
    await expectFailure(() => raw['initialize']?.(startOptions(changes)), 'ALREADY_INITIALIZED');
  });

  it.each([
    { poolThreads: 0 },
    { poolThreads: 65 },
    { poolQueue: 0 },
    { poolQueue: 65_537 },
    { caCacheEntries: 65 },
    { caCacheSeconds: -1 },
    { fips: 'on' },
    { moduleDirectory: 7 },
    { requireLockedMemory: 'yes' },
  ])('with %j is refused', async (changes) => {
    await expectFailure(
      () => raw['initialize']?.({ ...startOptions(), ...changes }),
      'INPUT_INVALID',
    );
  });
});

/** Takes a view's buffer away, as posting it to a worker thread does. */
function detach(view: Uint8Array<ArrayBuffer>): void {
  structuredClone(view.buffer, { transfer: [view.buffer] });
}

/** ES2024's resizable ArrayBuffer, which the types this project compiles with do not know. */
function resizable(length: number, maxByteLength: number): ResizableBuffer {
  const construct = ArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => ResizableBuffer;
  return new construct(length, { maxByteLength });
}
type ResizableBuffer = ArrayBuffer & { resize(length: number): void };

function somePolicy(): NativePolicy {
  return {
    signatureKey: 1,
    signatureDigest: 0,
    notBeforeOffset: 0,
    notAfterOffset: 3600,
    subjectRsa: [2048, 4096],
    subjectEc: [256, 521],
    issuerRsa: [0, 0],
    issuerEc: [256, 521],
    keyUsage: 1,
    extendedKeyUsage: [1],
    ca: false,
    pathLength: -1,
    skiDigest: 0,
  };
}
