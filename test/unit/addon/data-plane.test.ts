import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';

import { status, type ServiceError } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';

import { REQUEST_BOUNDS } from '../../../src/telemetry/metrics/catalogue.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  addon,
  hashRequest,
  HASH_DATA,
  openPlane,
  planeOptions,
  SECRET,
  SHA_256,
  STREAM,
  takeEvents,
  UNARY,
  type TakenEvent,
} from './open-plane.ts';

async function errorOf(call: Promise<unknown>): Promise<ServiceError> {
  return await call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error: unknown) => error as ServiceError,
  );
}

describe('native methods', () => {
  it('are answered, logged and counted without the script', async () => {
    const { plane, unary, events, lines } = openPlane();
    const input = Buffer.from('some input');
    const expected = createHash('sha256').update(input).digest('hex');
    const response = Buffer.from(await unary(HASH_DATA, hashRequest('Default', input)));
    expect(response.includes(expected)).toBe(true);
    await waitFor(() => {
      expect(lines()).toMatchObject([
        {
          service: 'test',
          method: HASH_DATA,
          profile: 'Default',
          code: 'OK',
          msg: 'finished call',
        },
      ]);
    });
    expect(events).toEqual([]);
    expect(addon.dataPlaneStats(plane)).toMatchObject({ finishedCalls: 1, lostRecords: 0 });
    const [counter] = addon.dataPlaneCounters(plane);
    expect(counter).toMatchObject({
      ...{ path: HASH_DATA, status: 0, calls: 1, requestBytes: 21, profiles: ['Default', 1] },
    });
    expect(addon.dataPlaneTakeSpans(plane)).toEqual([]);
    expect(counter?.durations).toHaveLength(REQUEST_BOUNDS.length + 1);
    expect(counter?.durations.reduce((sum, count) => sum + count)).toBe(1);
  });

  it('answer long inputs from the pool, each call its own', async () => {
    const { unary } = openPlane();
    const inputs = Array.from({ length: 20 }, (_, index) => Buffer.alloc(100_000, index));
    const responses = await Promise.all(
      inputs.map((input) => unary(HASH_DATA, hashRequest('Default', input))),
    );
    for (const [index, response] of responses.entries()) {
      const expected = createHash('sha256')
        .update(inputs[index] ?? '')
        .digest('hex');
      expect(Buffer.from(response).includes(expected)).toBe(true);
    }
  });

  it('follow the policies that were installed last', async () => {
    const { plane, unary } = openPlane();
    addon.dataPlaneInstallPolicies(plane, [{ ...SHA_256, name: 'Other' }]);
    await unary(HASH_DATA, hashRequest('Other', Buffer.from('x')));
    const error = await errorOf(unary(HASH_DATA, hashRequest('Default', Buffer.from('x'))));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.metadata.get('cryptobroker-error')).toEqual(['PROFILE_UNKNOWN']);
  });

  it('say whether the server serves', async () => {
    const { plane, unary } = openPlane();
    const check = '/grpc.health.v1.Health/Check';
    const empty = new Uint8Array(0);
    expect(await unary(check, empty)).toEqual(Uint8Array.of(8, 2));
    addon.dataPlaneSetServing(plane, true);
    expect(await unary(check, empty)).toEqual(Uint8Array.of(8, 1));
    expect(addon.dataPlaneCounters(plane)).toMatchObject([
      { path: check, calls: 2, requestBytes: 0 },
    ]);
  });

  it('give way to a method of the script with the same path', async () => {
    const { unary, events } = openPlane(
      { methods: [{ path: HASH_DATA, kind: 0, secret: false }] },
      (event, plane) => {
        addon.dataPlaneAnswer(plane, event.token, Uint8Array.of(1, 2, 3));
      },
    );
    expect(await unary(HASH_DATA, Uint8Array.of(9))).toEqual(Uint8Array.of(1, 2, 3));
    expect(events).toMatchObject([{ kind: 'request', method: 0, message: Uint8Array.of(9) }]);
  });
});

describe('methods of the script', () => {
  it.each([
    ['an empty message', 0],
    ['a small one', 100],
    ['a large one', 1_500_000],
  ])('get %s and answer it', async (_, size) => {
    const { unary, lines, events } = openPlane({}, (event, plane) => {
      addon.dataPlaneAnswer(plane, event.token, event.message ?? Buffer.from('no message'));
    });
    const request = Buffer.alloc(size, 7);
    const before = Date.now();
    for (const path of [UNARY, SECRET]) {
      expect(Buffer.compare(await unary(path, request), request)).toBe(0);
    }
    expect(events.map(({ kind, method }) => [kind, method])).toEqual([
      ['request', 0],
      ['request', 1],
    ]);
    const deadline = events[0]?.deadline ?? 0;
    expect(deadline).toBeGreaterThan(before + 5000);
    expect(deadline).toBeLessThan(before + 15_000);
    // The script writes its own records.
    expect(lines()).toEqual([]);
  });

  it('fail with status, text, code and incident', async () => {
    const { unary } = openPlane({}, (event, plane) => {
      const { INTERNAL } = status;
      addon.dataPlaneFail(plane, event.token, INTERNAL, 'no 100% luck', 'INTERNAL', 'a-b-c');
    });
    const error = await errorOf(unary(UNARY, Uint8Array.of(1)));
    expect(error).toMatchObject({ code: status.INTERNAL, details: 'no 100% luck' });
    expect(error.metadata.getMap()).toMatchObject({
      'cryptobroker-error': 'INTERNAL',
      'cryptobroker-incident': 'a-b-c',
    });
  });

  it('hear of a deadline and of a caller that goes away', async () => {
    const { unary, events, client } = openPlane();
    // Connected already, so that the time is not over before the request is there.
    await unary(HASH_DATA, hashRequest('Default', Buffer.from('x')));
    const error = await errorOf(unary(UNARY, Uint8Array.of(1), 500));
    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    await waitFor(() => {
      // The client cancels as well when its own clock says so; whichever is first counts.
      expect(events.map(({ kind }) => kind)).toEqual([
        'request',
        expect.stringMatching(/deadlineExceeded|cancelled/),
      ]);
    });
    const call = client.makeUnaryRequest(
      UNARY,
      () => Buffer.from('x'),
      (bytes: Buffer) => bytes,
      undefined,
      () => undefined,
    );
    await waitFor(() => {
      expect(events).toHaveLength(3);
    });
    call.cancel();
    await waitFor(() => {
      expect(events.slice(2).map(({ kind }) => kind)).toEqual(['request', 'cancelled']);
    });
    expect(events[3]?.token).toBe(events[2]?.token);
  });

  it('stream in both directions and end well', async () => {
    const { client, events } = openPlane({}, (event, plane) => {
      if (event.kind === 'request') {
        addon.dataPlaneSend(plane, event.token, event.message ?? new Uint8Array(0));
      }
      if (event.kind === 'halfClosed') addon.dataPlaneEnd(plane, event.token);
    });
    const call = client.makeBidiStreamRequest(
      STREAM,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
    );
    const echoed: string[] = [];
    call.on('data', (bytes: Buffer) => {
      echoed.push(String(bytes));
      if (echoed.length === 3) call.end();
    });
    const ended = once(call, 'status');
    for (const text of ['one', 'two', 'three']) call.write(Buffer.from(text));
    const [end] = (await ended) as [{ code: number }];
    expect(end.code).toBe(status.OK);
    expect(echoed).toEqual(['one', 'two', 'three']);
    expect(events.map(({ kind }) => kind)).toEqual(['request', 'request', 'request', 'halfClosed']);
  });

  it('wait for a reader that is slow', async () => {
    const message = Buffer.alloc(64 * 1024, 1);
    let sent = 0;
    const fill = (event: TakenEvent, plane: Parameters<typeof takeEvents>[0]): void => {
      if (event.kind !== 'request' && event.kind !== 'writable') return;
      while (sent < 200) {
        sent += 1;
        if (!addon.dataPlaneSend(plane, event.token, message)) return;
      }
      addon.dataPlaneEnd(plane, event.token);
    };
    const { client, events } = openPlane({}, fill);
    const call = client.makeBidiStreamRequest(
      STREAM,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes.length,
    );
    call.write(Buffer.from('go'));
    await waitFor(() => {
      expect(sent).toBeGreaterThan(0);
    });
    expect(sent, 'nothing is read yet').toBeLessThan(200);
    let bytes = 0;
    call.on('data', (length: number) => (bytes += length));
    await once(call, 'status');
    expect(bytes).toBe(200 * message.length);
    expect(events.filter(({ kind }) => kind === 'writable').length).toBeGreaterThan(0);
  });

  it('ignore answers to calls that have gone, or never were', async () => {
    const { plane, unary, events } = openPlane({}, (event, of) => {
      if (event.kind === 'request') addon.dataPlaneAnswer(of, event.token, Uint8Array.of(1));
    });
    await unary(UNARY, Uint8Array.of(1));
    const gone = events[0]?.token ?? 0;
    for (const token of [gone, 0, 1_000_001, Number.MAX_SAFE_INTEGER]) {
      addon.dataPlaneAnswer(plane, token, Uint8Array.of(2));
      addon.dataPlaneFail(plane, token, 3, 'late', 'INPUT_INVALID', '');
      addon.dataPlaneEnd(plane, token);
      expect(addon.dataPlaneSend(plane, token, Uint8Array.of(3))).toBe(false);
    }
    expect(await unary(UNARY, Uint8Array.of(1))).toEqual(Uint8Array.of(1));
  });

  it('are refused when the script does not take them in time, and only those', async () => {
    let release = false;
    const options = planeOptions();
    const { plane, unary, lines } = openPlane({
      methods: options.methods,
      maxConcurrentStreams: 10_000,
      onWork: () => {
        if (!release) return;
        for (const event of takeEvents(plane)) {
          if (event.kind === 'request') addon.dataPlaneAnswer(plane, event.token, Uint8Array.of(1));
        }
      },
    });
    const calls = Array.from({ length: 4100 }, () => unary(UNARY, Uint8Array.of(1), 60_000));
    const outcomes = Promise.allSettled(calls);
    await waitFor(() => {
      expect(addon.dataPlaneCounters(plane)).toMatchObject([
        { path: UNARY, status: status.RESOURCE_EXHAUSTED, calls: 4 },
      ]);
    });
    expect(lines()).toEqual([]);
    expect(addon.dataPlaneTakeLines(plane, 65_536).match(/QUEUE_FULL/g)).toHaveLength(4);
    release = true;
    const answer = (): void => {
      for (let taken = takeEvents(plane); taken.length > 0; taken = takeEvents(plane)) {
        for (const { token } of taken) addon.dataPlaneAnswer(plane, token, Uint8Array.of(1));
      }
    };
    answer();
    const settled = await outcomes;
    expect(settled.filter((one) => one.status === 'fulfilled')).toHaveLength(4096);
    const refused = settled.find((one) => one.status === 'rejected')?.reason as ServiceError;
    expect(refused).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: 'too many operations are waiting',
    });
  });
});

describe('listening sockets', () => {
  it('have a file for their owner alone', () => {
    const path = join(scratchDirectory(), 'a.sock');
    const descriptor = addon.listenUnix(path, 16);
    expect(lstatSync(path).mode & 0o7777).toBe(0o600);
    expect(lstatSync(path).isSocket()).toBe(true);
    addon.closeDescriptor(descriptor);
    expect(() => {
      addon.closeDescriptor(descriptor);
    }).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  it.each([
    ['EADDRINUSE', 'a.sock'],
    ['ENOENT', 'none/a.sock'],
    ['ENAMETOOLONG', 'x'.repeat(120)],
  ])('say %s as Node does', (code, name) => {
    const directory = scratchDirectory();
    const descriptor = addon.listenUnix(join(directory, 'a.sock'), 16);
    expect(() => addon.listenUnix(join(directory, name), 16)).toThrow(
      expect.objectContaining({ code }),
    );
    addon.closeDescriptor(descriptor);
  });

  it('take no further connections after their end, while connections live on', async () => {
    const { plane, unary, path } = openPlane();
    await unary(HASH_DATA, hashRequest('Default', Buffer.from('x')));
    addon.dataPlaneStopListening(plane);
    await waitFor(() => {
      expect(addon.dataPlaneStats(plane).connections).toBe(1);
    });
    const [error] = (await once(connect(path), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    await unary(HASH_DATA, hashRequest('Default', Buffer.from('x')));
    rmSync(path);
  });
});

describe('the end of a plane', () => {
  it('waits for running calls and tells how many were cut off', async () => {
    const { plane, unary, events } = openPlane();
    const call = unary(UNARY, Uint8Array.of(1));
    await waitFor(() => {
      expect(events).toHaveLength(1);
    });
    const drained = addon.dataPlaneDrain(plane, 10_000);
    addon.dataPlaneAnswer(plane, events[0]?.token ?? 0, Uint8Array.of(5));
    expect(await call).toEqual(Uint8Array.of(5));
    expect(await drained).toBe(0);
  });

  it('cuts off what takes longer', async () => {
    const { plane, unary, events } = openPlane();
    const failed = errorOf(unary(UNARY, Uint8Array.of(1)));
    await waitFor(() => {
      expect(events).toHaveLength(1);
    });
    expect(await addon.dataPlaneDrain(plane, 20)).toBe(1);
    expect((await failed).code).toBe(status.UNAVAILABLE);
    await waitFor(() => {
      expect(events.map(({ kind }) => kind)).toEqual(['request', 'cancelled']);
    });
  });

  it('settles a drain that has not ended', async () => {
    const { plane, unary, events } = openPlane();
    const failed = errorOf(unary(UNARY, Uint8Array.of(1)));
    await waitFor(() => {
      expect(events).toHaveLength(1);
    });
    const drained = addon.dataPlaneDrain(plane, 60_000);
    addon.dataPlaneClose(plane);
    expect(await drained).toBe(1);
    await failed;
  });

  it('leaves other planes of the process alone', async () => {
    const first = openPlane();
    const second = openPlane({ threads: 2 });
    addon.dataPlaneClose(first.plane);
    const request = hashRequest('Default', Buffer.from('x'));
    await Promise.all(Array.from({ length: 50 }, () => second.unary(HASH_DATA, request)));
    expect(addon.dataPlaneStats(second.plane).finishedCalls).toBe(50);
  });
});
