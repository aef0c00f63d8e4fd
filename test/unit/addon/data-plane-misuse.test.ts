import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { NativeHandle } from '../../../src/addon/addon.ts';
import { expectFailure, failureOf } from '../../support/failures.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { untyped } from '../crypto/native/raw-addon.ts';
import { addon, openPlane, planeOptions, SHA_256, UNARY } from './open-plane.ts';

const raw = untyped(addon);
const bytes = new Uint8Array(4);

/** A plane that is open for one call of `action`. */
async function withPlane<T>(action: (plane: NativeHandle) => T): Promise<T> {
  return await Promise.resolve(action(openPlane().plane));
}

describe('options of a plane', () => {
  it.each([
    ['methods', 'none'],
    ['methods', [{ path: 'no slash', kind: 0, secret: false }]],
    ['methods', [{ path: '/a\r\nb: c', kind: 0, secret: false }]],
    ['methods', [{ path: '/a', kind: 3, secret: false }]],
    ['methods', [{ path: '/a', kind: 0 }]],
    ['methods', [null]],
    ['methods', Array.from({ length: 257 }, () => ({ path: UNARY, kind: 0, secret: false }))],
    ['services', [1]],
    ['maxConcurrentStreams', 0],
    ['maxConnections', 1.5],
    ['threads', 0],
    ['threads', 3],
    ['logCalls', 'yes'],
    ['service', 'two\nlines'],
    ['service', 'x'.repeat(300)],
    ['spans', true],
    ['spans', {}],
    ['spans', { byParent: 1, threshold: 0 }],
    ['spans', { byParent: true, threshold: -1 }],
    ['spans', { byParent: true, threshold: 0.5 }],
    ['spans', { byParent: true, threshold: 2 ** 32 + 1 }],
    ['onWork', undefined],
    ['onWork', {}],
  ])('refuse %s %j', async (name, value) => {
    await expectFailure(
      () => addon.dataPlaneStart(planeOptions({ [name]: value })),
      'INPUT_INVALID',
    );
  });

  it('are refused when they are none', async () => {
    for (const value of [undefined, null, 1, 'options']) {
      await expectFailure(() => raw['dataPlaneStart']?.(value), 'INPUT_INVALID');
    }
  });

  it('pass on what a getter throws', () => {
    const options = {
      ...planeOptions(),
      get threads(): number {
        throw new RangeError('from a getter');
      },
    };
    expect(() => addon.dataPlaneStart(options)).toThrow(RangeError);
  });
});

describe('policies', () => {
  it.each([
    ['no list', 'Default'],
    ['no object', ['Default']],
    ['no name', [{}]],
    ['a digest that is not there', [{ ...SHA_256, hashData: { ...SHA_256.hashData, digest: 9 } }]],
    ['a negative threshold', [{ ...SHA_256, hashData: { ...SHA_256.hashData, asyncAbove: -1 } }]],
    ['a foreign handle', [{ name: 'a', signCertificate: { policy: {}, algorithm: 'x' } }]],
    ['a deprecation that is no object', [{ ...SHA_256, deprecation: 'soon' }]],
    ['a deprecation with a number', [{ ...SHA_256, deprecation: { reason: 1 } }]],
  ])('are refused with %s', async (_, policies) => {
    await expectFailure(
      async () => await withPlane((plane) => raw['dataPlaneInstallPolicies']?.(plane, policies)),
      'INPUT_INVALID',
    );
  });

  it('do not take the handle of a plane for one of a policy, nor the other way round', async () => {
    await expectFailure(
      async () =>
        await withPlane((plane) =>
          raw['dataPlaneInstallPolicies']?.(plane, [
            { name: 'a', signCertificate: { policy: plane, algorithm: 'x' } },
          ]),
        ),
      'INPUT_INVALID',
    );
    await expectFailure(() => raw['dataPlaneStats']?.(addon.kekGenerate(256)), 'INPUT_INVALID');
  });

  it('may close the plane from a getter, which is then found closed', async () => {
    const { plane } = openPlane();
    const policy = {
      get name(): string {
        addon.dataPlaneClose(plane);
        return 'Default';
      },
    };
    await expectFailure(() => {
      addon.dataPlaneInstallPolicies(plane, [policy]);
    }, 'INTERNAL');
  });
});

describe('arguments of a call', () => {
  it.each([
    ['dataPlaneAnswer', ['1', bytes]],
    ['dataPlaneAnswer', [-1, bytes]],
    ['dataPlaneAnswer', [0.5, bytes]],
    ['dataPlaneAnswer', [2 ** 53, bytes]],
    ['dataPlaneAnswer', [1n, bytes]],
    ['dataPlaneAnswer', [1, 'bytes']],
    ['dataPlaneAnswer', [1, new Uint8Array(new SharedArrayBuffer(4))]],
    ['dataPlaneSend', [1, undefined]],
    ['dataPlaneEnd', [undefined]],
    ['dataPlaneFail', [1, 0, 'fine', '', '']],
    ['dataPlaneFail', [1, 17, 'too much', '', '']],
    ['dataPlaneFail', [1, 3, 'a line\nand another', '', '']],
    ['dataPlaneFail', [1, 3, 'x'.repeat(1025), '', '']],
    ['dataPlaneFail', [1, 3, 'text', 'lower', '']],
    ['dataPlaneFail', [1, 3, 'text', 'X'.repeat(65), '']],
    ['dataPlaneFail', [1, 3, 'text', '', 'x'.repeat(37)]],
    ['dataPlaneFail', [1, 3, 'text', '', 'a\r\nb']],
    ['dataPlaneTakeLines', [4095]],
    ['dataPlaneTakeLines', ['all']],
    ['dataPlaneDrain', [-1]],
    ['dataPlaneDrain', [Infinity]],
    ['dataPlaneSetServing', [1]],
    ['dataPlaneListen', ['3']],
  ] as const)('%s refuses %o', async (name, values) => {
    await expectFailure(
      async () => await withPlane((plane) => raw[name]?.(plane, ...values)),
      'INPUT_INVALID',
    );
  });

  it('keeps no more codes than there can be', async () => {
    const { plane } = openPlane();
    await expectFailure(() => {
      for (let code = 0; code < 1000; code += 1) {
        addon.dataPlaneFail(plane, 1, 3, 'text', `CODE_${String(code)}`, '');
      }
    }, 'INPUT_INVALID');
    // Those that are known stay known.
    addon.dataPlaneFail(plane, 1, 3, 'text', 'CODE_0', '');
  });
});

describe('descriptors', () => {
  it('that are not of a listening Unix socket are left alone', async () => {
    const file = openSync('/dev/null', 'r');
    for (const descriptor of [file, 0, 1_000_000, -1, 1.5, '3', undefined]) {
      await expectFailure(() => raw['closeDescriptor']?.(descriptor), 'INPUT_INVALID');
      await expectFailure(
        async () => await withPlane((plane) => raw['dataPlaneListen']?.(plane, descriptor)),
        'INPUT_INVALID',
      );
    }
    closeSync(file);
  });

  it('are closed with the plane that has taken them over', async () => {
    const { plane } = openPlane();
    const descriptor = addon.listenUnix(join(scratchDirectory(), 'b.sock'), 16);
    addon.dataPlaneListen(plane, descriptor);
    addon.dataPlaneClose(plane);
    await expectFailure(() => {
      addon.closeDescriptor(descriptor);
    }, 'INPUT_INVALID');
  });

  it.each(['', 'a\0b', 'x'.repeat(5000), 7, undefined])('are not opened at %j', async (path) => {
    await expectFailure(() => raw['listenUnix']?.(path, 16), 'INPUT_INVALID');
  });

  it.each([0, -1, 65_536, '16', undefined])('have no backlog of %j', async (backlog) => {
    const path = join(scratchDirectory(), 'a.sock');
    await expectFailure(() => raw['listenUnix']?.(path, backlog), 'INPUT_INVALID');
  });
});

describe('a closed plane', () => {
  it('can be closed again and refuses everything else', async () => {
    const { plane } = openPlane();
    addon.dataPlaneClose(plane);
    addon.dataPlaneClose(plane);
    const uses: readonly (readonly [string, readonly unknown[]])[] = [
      ['dataPlaneInstallPolicies', [[]]],
      ['dataPlaneSetServing', [true]],
      ['dataPlaneListen', [3]],
      ['dataPlaneStopListening', []],
      ['dataPlaneTakeEvents', []],
      ['dataPlaneAnswer', [1, bytes]],
      ['dataPlaneSend', [1, bytes]],
      ['dataPlaneEnd', [1]],
      ['dataPlaneFail', [1, 3, 'text', '', '']],
      ['dataPlaneTakeLines', [4096]],
      ['dataPlaneTakeSpans', []],
      ['dataPlaneTakeIncidents', []],
      ['dataPlaneTakeFaults', []],
      ['dataPlaneStats', []],
      ['dataPlaneCounters', []],
      ['dataPlaneDrain', [1]],
    ];
    for (const [name, values] of uses) {
      expect(await failureOf(() => raw[name]?.(plane, ...values)), name).toEqual({
        code: 'INTERNAL',
        message: 'the data plane is closed',
      });
    }
  });

  it('is drained once only', async () => {
    const { plane } = openPlane();
    expect(await addon.dataPlaneDrain(plane, 1000)).toBe(0);
    await expectFailure(async () => await addon.dataPlaneDrain(plane, 1000), 'INTERNAL');
  });

  it('is not something else', async () => {
    for (const value of [undefined, null, {}, 1, 'plane']) {
      await expectFailure(() => raw['dataPlaneClose']?.(value), 'INPUT_INVALID');
    }
  });
});
