import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { decodeResponse } from '../../../src/kmip/messages/response.ts';
import { ClientConnection, succeeded } from './connection.ts';
import type { LoadJob, LoadNote, LoadResult } from './protocol.ts';
import { encodeRequests } from './requests.ts';

const NANOSECONDS_PER_MS = 1e6;
const NANOSECONDS_PER_US = 1e3;

/** Warms up and measures. Rejects when a request fails: a server that refuses is not fast. */
export async function runLoad(job: LoadJob, note: (note: LoadNote) => void): Promise<LoadResult> {
  const { endpoint, connections, request, uids, pace } = job;
  const requests = encodeRequests(request, uids);
  const opened = await Promise.all(
    Array.from({ length: connections }, () => ClientConnection.open(endpoint)),
  );
  const load = new Load(opened, requests, request === 'create-get' ? 2 : 1);
  try {
    const run = (milliseconds: number): Promise<number> =>
      pace.kind === 'closed' ? load.closed(milliseconds) : load.open(milliseconds, pace.perSecond);
    await run(job.warmUpMs);
    load.latencies.reset();
    note('measuring');
    const elapsed = await run(job.measureMs);
    note('measured');
    return { ...summary(load.latencies, elapsed), ...load.sizes, tls: opened[0]?.tls ?? '' };
  } finally {
    for (const connection of opened) connection.close();
  }
}

/** Connections, and what is sent over them. */
class Load {
  readonly latencies: RecordableHistogram = createHistogram({ figures: 3 });
  readonly #connections: readonly ClientConnection[];
  readonly #requests: readonly Buffer[];
  readonly #items: number;
  #sizes = { requestBytes: 0, responseBytes: 0 };

  constructor(
    connections: readonly ClientConnection[],
    requests: readonly Buffer[],
    items: number,
  ) {
    this.#connections = connections;
    this.#requests = requests;
    this.#items = items;
  }

  /** Bytes of the last request and its answer. */
  get sizes(): Pick<LoadResult, 'requestBytes' | 'responseBytes'> {
    return this.#sizes;
  }

  /** Each connection asks again as soon as it has its answer. Resolves with the milliseconds it took. */
  async closed(milliseconds: number): Promise<number> {
    const start = performance.now();
    const end = start + milliseconds;
    await this.#all((connection, done, fail) => {
      const next = (): void => {
        const sentAt = performance.now();
        if (sentAt >= end) done();
        else this.#ask(connection, sentAt, next, fail);
      };
      next();
    });
    return performance.now() - start;
  }

  /**
   * So many requests a second, on the connections in turn. One whose connection still waits for an answer is sent behind
   * it, and the wait counts as its own.
   */
  async open(milliseconds: number, perSecond: number): Promise<number> {
    const start = performance.now();
    const total = Math.round((milliseconds / 1000) * perSecond);
    await this.#all((connection, done, fail, index) => {
      let sent = index;
      const next = async (): Promise<void> => {
        if (sent >= total) {
          done();
          return;
        }
        const due = start + (sent * 1000) / perSecond;
        sent += this.#connections.length;
        const early = due - performance.now();
        if (early > 0) await sleep(early);
        // A timer that comes late is this client's fault and not the server's.
        this.#ask(connection, early > 0 ? performance.now() : due, step, fail);
      };
      const step = (): void => {
        next().catch(fail);
      };
      step();
    });
    return performance.now() - start;
  }

  #ask(
    connection: ClientConnection,
    sentAt: number,
    next: () => void,
    fail: (error: Error) => void,
  ): void {
    const request = this.#requests[Math.floor(Math.random() * this.#requests.length)];
    if (request === undefined) throw new RangeError('there are no keys to ask for');
    connection.ask(request, (answer) => {
      const nanoseconds = Math.round((performance.now() - sentAt) * NANOSECONDS_PER_MS);
      this.latencies.record(Math.max(nanoseconds, 1));
      this.#sizes = { requestBytes: request.length, responseBytes: answer.length };
      if (succeeded(answer, this.#items)) next();
      else fail(new Error(`the server refused: ${refusal(answer)}`));
    });
  }

  /** Runs all connections until each is done or one has failed. */
  async #all(
    run: (
      connection: ClientConnection,
      done: () => void,
      fail: (error: Error) => void,
      index: number,
    ) => void,
  ): Promise<void> {
    await Promise.all(
      this.#connections.map((connection, index) =>
        Promise.race([
          connection.failure,
          new Promise<void>((resolve, reject) => {
            run(connection, resolve, reject, index);
          }),
        ]),
      ),
    );
  }
}

function summary(
  latencies: RecordableHistogram,
  elapsed: number,
): Omit<LoadResult, 'tls' | 'requestBytes' | 'responseBytes'> {
  const at = (percent: number): number => latencies.percentile(percent) / NANOSECONDS_PER_US;
  return {
    requests: latencies.count,
    perSecond: (latencies.count / elapsed) * 1000,
    ...{ p50: at(50), p90: at(90), p99: at(99), p999: at(99.9) },
    max: latencies.max / NANOSECONDS_PER_US,
  };
}

/** What a failed answer says. */
function refusal(answer: Buffer): string {
  const { items } = decodeResponse(answer);
  return items.map(({ status, message }) => message ?? `status ${status}`).join(', ');
}
