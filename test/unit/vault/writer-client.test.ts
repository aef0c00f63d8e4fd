import { EventEmitter } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { FieldReader } from '../../../src/vault/sqlite/writer/fields.ts';
import type {
  FromWriter,
  ToWriter,
  WriterStart,
  WriterState,
} from '../../../src/vault/sqlite/writer/messages.ts';
import { readRequest } from '../../../src/vault/sqlite/writer/request-message.ts';
import {
  WriterClient,
  type WriterNotice,
  type WriterThread,
} from '../../../src/vault/sqlite/writer/writer-client.ts';
import { expectFailure } from '../../support/failures.ts';
import { newKey } from '../../support/vault-keys.ts';

const START: WriterStart = {
  path: '/nowhere',
  uid: 0,
  newVaultId: 'id',
  outboxLimit: 1,
  minimumFreeBytes: 0,
  check: true,
  counts: true,
};

const FINE: WriterState = { keys: 1, shredPending: false };

/** A thread that does what the test says. */
class FakeThread extends EventEmitter {
  readonly start: WriterStart;
  readonly received: ToWriter[] = [];
  terminated = false;

  constructor(start: WriterStart) {
    super();
    this.start = start;
  }

  postMessage(message: ToWriter): void {
    this.received.push(message);
  }

  terminate(): Promise<number> {
    this.terminated = true;
    return Promise.resolve(1);
  }

  says(message: FromWriter): void {
    this.emit('message', message);
  }

  finishes(count: number, more: Partial<FromWriter & { kind: 'finished' }> = {}): void {
    this.says({
      kind: 'finished',
      count,
      failures: [],
      shredding: [],
      commitMs: 1,
      state: FINE,
      ...more,
    });
  }

  /** How many requests each message had. */
  get groups(): number[] {
    return this.received.map((message) => {
      if (message.kind === 'close') return -1;
      const fields = new FieldReader(message.requests);
      let requests = 0;
      for (; !fields.atEnd; requests += 1) readRequest(fields);
      return requests;
    });
  }
}

interface Fixture {
  readonly client: WriterClient;
  readonly threads: FakeThread[];
  readonly notices: WriterNotice[];
  /** Milliseconds that commits took. */
  readonly commits: number[];
  /** Milliseconds of the clock. */
  now: number;
  readonly thread: () => FakeThread;
}

function makeClient(): Fixture {
  const threads: FakeThread[] = [];
  const notices: WriterNotice[] = [];
  const commits: number[] = [];
  const fixture: Fixture = {
    threads,
    notices,
    commits,
    now: 0,
    thread: () => {
      const thread = threads.at(-1);
      if (thread === undefined) throw new Error('no thread was started');
      return thread;
    },
    client: new WriterClient({
      start: START,
      notice: (notice) => notices.push(notice),
      commitTook: (milliseconds) => commits.push(milliseconds),
      monotonic: () => fixture.now,
      spawn: (start) => {
        const thread = new FakeThread(start);
        threads.push(thread);
        return thread as unknown as WriterThread;
      },
    }),
  };
  return fixture;
}

async function openClient(): Promise<Fixture> {
  const fixture = makeClient();
  const opening = fixture.client.open();
  fixture.thread().says({ kind: 'opened', state: FINE });
  await opening;
  return fixture;
}

function useFakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('opening', () => {
  it('fails with what the thread says', async () => {
    const { client, thread } = makeClient();
    const opening = client.open();
    thread().says({ kind: 'refused', failure: { code: 'VAULT_DAMAGED', message: 'damaged' } });
    await expectFailure(() => opening, 'VAULT_DAMAGED');
  });

  it('fails when the thread ends without a word', async () => {
    const { client, thread } = makeClient();
    const opening = client.open();
    thread().emit('error', new Error('out of memory'));
    thread().emit('exit', 1);
    await expectFailure(() => opening, 'VAULT_UNAVAILABLE');
  });
});

describe('requests', () => {
  it('of one turn go in one message, and are answered in their order', async () => {
    const { client, thread } = await openClient();
    const answers = [client.submit({}), client.submit({}), client.submit({ insert: [newKey()] })];
    expect(thread().received).toEqual([]);
    await turn();
    answers.push(client.submit({}));
    await turn();
    expect(thread().groups).toEqual([3, 1]);
    const failure = { code: 'VAULT_UID_TAKEN', message: 'taken' } as const;
    thread().finishes(2, { failures: [[1, failure]] });
    thread().finishes(2);
    expect((await Promise.allSettled(answers)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
  });

  it('are refused when too many wait, and taken again after an answer', async () => {
    const { client, thread } = await openClient();
    const waiting = Array.from({ length: 10_000 }, () => client.submit({}));
    await expectFailure(() => client.submit({}), 'QUEUE_FULL');
    await turn();
    thread().finishes(1);
    await waiting[0];
    const last = client.submit({});
    thread().finishes(10_000);
    await Promise.all([...waiting, last]);
  });

  it('are refused when too many bytes wait', async () => {
    const { client, thread } = await openClient();
    const value = Buffer.alloc(4 * 1024 * 1024);
    const waiting = Array.from({ length: 16 }, () =>
      client.submit({ states: new Map([['s', value]]) }),
    );
    await expectFailure(() => client.submit({}), 'QUEUE_FULL');
    thread().finishes(16);
    await Promise.all(waiting);
  });

  it('that shred are answered when the shredding is done, or after a while without it', async () => {
    const { client, thread } = await openClient();
    const ended: string[] = [];
    const note = (name: string) => (): void => {
      ended.push(name);
    };
    const both = [
      client.submit({ shred: true }).then(note('shred')),
      client.submit({}).then(note('plain')),
    ];
    thread().finishes(2, { shredding: [0], state: { keys: 1, shredPending: true } });
    await both[1];
    expect(ended).toEqual(['plain']);
    thread().says({ kind: 'state', state: FINE });
    await both[0];
    useFakeTimers();
    const late = client.submit({ shred: true });
    thread().finishes(1, { shredding: [0], state: { keys: 1, shredPending: true } });
    await vi.advanceTimersByTimeAsync(2000);
    await late;
    expect(client.state.shredPending).toBe(true);
  });
});

describe('a thread that dies', () => {
  it('leaves no request without an answer, and has a successor that does not count as an opening', async () => {
    const fixture = await openClient();
    const { client, threads, notices } = fixture;
    const lost = [client.submit({}), client.submit({})];
    const settled = Promise.allSettled(lost);
    fixture.thread().emit('error', new Error('heap limit'));
    fixture.thread().emit('exit', 1);
    expect(await settled).toMatchObject([
      { reason: { code: 'VAULT_UNAVAILABLE' } },
      { reason: { code: 'VAULT_UNAVAILABLE' } },
    ]);
    expect(notices).toEqual([{ kind: 'lost', reason: 'heap limit' }]);
    // Not at once: a thread that cannot start must not be started all the time.
    await expectFailure(() => client.submit({}), 'VAULT_UNAVAILABLE');
    fixture.now = 1000;
    const next = client.submit({});
    await turn();
    expect(threads).toHaveLength(2);
    expect(fixture.thread().start).toMatchObject({ counts: false, check: false });
    expect(fixture.thread().groups).toEqual([1]);
    fixture.thread().says({ kind: 'opened', state: FINE });
    fixture.thread().finishes(1);
    await next;
  });

  it('has its last answers counted, and none after its end', async () => {
    const fixture = await openClient();
    const { client } = fixture;
    const first = fixture.thread();
    const answered = client.submit({});
    const lost = Promise.allSettled([client.submit({})]);
    first.emit('error', new Error('heap limit'));
    first.finishes(1);
    await answered;
    first.emit('exit', 1);
    expect(await lost).toMatchObject([{ reason: { code: 'VAULT_UNAVAILABLE' } }]);

    fixture.now = 1000;
    const ended: string[] = [];
    const next = client.submit({}).then(() => ended.push('next'));
    await turn();
    // Said before it ended, and delivered late: it is not about the successor's request.
    first.finishes(1);
    await turn();
    expect(ended).toEqual([]);
    fixture.thread().finishes(1);
    await next;
  });
});

describe('trouble', () => {
  it('is told when it begins, changes and ends', async () => {
    const { client, thread, notices } = await openClient();
    const failure = { code: 'VAULT_DISK_FULL', message: 'full', detail: 'why' } as const;
    const state = { ...FINE, trouble: failure };
    thread().says({ kind: 'state', state });
    thread().says({ kind: 'state', state });
    expect(client.state.trouble).toEqual(failure);
    thread().says({ kind: 'state', state: FINE });
    expect(notices).toEqual([{ kind: 'trouble', failure }, { kind: 'recovered' }]);
  });
});

describe('closing', () => {
  it('sends what waits first, and ends when the thread does', async () => {
    const { client, thread, notices } = await openClient();
    const last = client.submit({});
    const closing = client.close();
    expect(thread().groups).toEqual([1, -1]);
    thread().finishes(1);
    await last;
    thread().says({ kind: 'closed' });
    thread().emit('exit', 0);
    await closing;
    await expectFailure(() => client.submit({}), 'VAULT_UNAVAILABLE');
    expect(notices).toEqual([]);
  });

  it('does not wait forever for a disk that does not answer', async () => {
    const { client, thread } = await openClient();
    useFakeTimers();
    const last = client.submit({});
    const settled = Promise.allSettled([last, client.close()]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await settled).toMatchObject([
      { reason: { code: 'VAULT_UNAVAILABLE' } },
      { status: 'fulfilled' },
    ]);
    expect(thread().terminated).toBe(true);
  });
});

describe('what a commit took', () => {
  it('is told once a group, not once a request', async () => {
    const { client, thread, commits } = await openClient();
    const requests = [client.submit({ insert: [newKey()] }), client.submit({ insert: [newKey()] })];
    await turn();
    thread().finishes(2, { commitMs: 2.5 });
    await Promise.all(requests);
    expect(commits).toEqual([2.5]);
  });
});
