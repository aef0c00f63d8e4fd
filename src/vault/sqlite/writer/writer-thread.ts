// The thread that writes a vault: owns the one connection that may, and blocks while the disk is slow so that nobody else
// has to. Started by writer-client.ts with a WriterStart.
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { BrokerError } from '../../../errors/index.ts';
import type { FromWriter, ToWriter, WriterStart } from './messages.ts';
import { openWriter } from './open-writer.ts';
import { sentFailure, WriterLoop } from './writer-loop.ts';

/** How often a thread with something left to do looks after it when nobody asks. */
const TEND_MS = 250;

const port = parentPort;
if (port === null) throw new Error('this file is the body of a thread');
const start = workerData as WriterStart;

const post = (message: FromWriter): void => {
  port.postMessage(message);
};

try {
  serve(new WriterLoop(openWriter(start, { freeBytes }), { post, next, monotonicMs }));
} catch (error) {
  if (!(error instanceof BrokerError)) throw error;
  post({ kind: 'refused', failure: sentFailure(error) });
}

function serve(loop: WriterLoop): void {
  let timer: NodeJS.Timeout | undefined;
  const tend = (): void => {
    timer = loop.tend() ? setTimeout(tend, TEND_MS) : undefined;
  };
  port?.on('message', (message: ToWriter) => {
    const ended = loop.work(message);
    if (ended) {
      clearTimeout(timer);
      port.close();
    } else if (loop.needsTending) {
      timer ??= setTimeout(tend, TEND_MS);
    }
  });
  post({ kind: 'opened', state: loop.state });
}

function monotonicMs(): number {
  return performance.now();
}

function next(): ToWriter | undefined {
  return port === null
    ? undefined
    : (receiveMessageOnPort(port) as { readonly message: ToWriter } | undefined)?.message;
}

function freeBytes(): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(dirname(start.path));
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
