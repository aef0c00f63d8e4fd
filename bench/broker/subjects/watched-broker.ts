import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { startBrokerWith, type WatchedName } from './broker.ts';
import type { MaybeSubject } from './subject.ts';

/** How often metrics are read: fifteen times as often as is usual. */
const SCRAPE_EVERY_MS = 1000;

/** Whoever watches a Broker, until told to stop. */
interface Watcher {
  stop(): Promise<void>;
}

/** A Broker whose metrics are read, or whose spans are sent to a collector that takes everything, here in this process. */
export async function startWatchedBroker(
  name: WatchedName,
  directory: string,
): Promise<MaybeSubject> {
  return name === 'native-scraped'
    ? await startScraped(name, directory)
    : await startTraced(name, directory);
}

async function startScraped(name: WatchedName, directory: string): Promise<MaybeSubject> {
  const port = await freePort();
  const flags = ['--transport', 'native', '--telemetry-listen', `127.0.0.1:${port}`];
  const subject = await startBrokerWith(name, directory, { flags, variables: [] });
  if ('missing' in subject) return subject;
  const url = `http://127.0.0.1:${port}/metrics`;
  await readOnce(url);
  return watched(subject, scraper(url));
}

async function startTraced(name: WatchedName, directory: string): Promise<MaybeSubject> {
  let received = 0;
  const collector = createServer((request, response) => {
    received += 1;
    // Without being read a request never ends.
    request.resume();
    request.once('end', () => response.writeHead(200).end());
  });
  const port = await listening(collector);
  const subject = await startBrokerWith(name, directory, {
    flags: ['--transport', 'native'],
    variables: [
      'OTEL_TRACES_EXPORTER=otlphttp',
      `OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${port}`,
      'OTEL_TRACES_SAMPLER=parentbased_traceidratio',
      `OTEL_TRACES_SAMPLER_ARG=${name === 'native-traced' ? 1 : 0.01}`,
    ],
  });
  return watched(subject, {
    stop: async () => {
      collector.closeAllConnections();
      collector.close();
      await once(collector, 'close');
      // Figures must not be shown for a Broker that traced nothing.
      if (received === 0) throw new Error(`${name} has sent no spans`);
    },
  });
}

/** The Broker ends first: its last spans still have somewhere to go. */
async function watched(subject: MaybeSubject, watcher: Watcher): Promise<MaybeSubject> {
  if ('missing' in subject) {
    await watcher.stop();
    return subject;
  }
  return {
    ...subject,
    stop: async () => {
      await subject.stop();
      await watcher.stop();
    },
  };
}

/** Throws when there are no metrics: a figure must not be shown for a Broker that nobody watched. */
async function readOnce(url: string): Promise<void> {
  const answer = await fetch(url);
  const text = await answer.text();
  if (!text.includes('crypto_connections')) throw new Error(`no metrics at ${url}`);
}

function scraper(url: string): Watcher {
  const timer = setInterval(() => {
    // One that is late, or that meets the end of the server, is one reading less.
    readOnce(url).catch(() => undefined);
  }, SCRAPE_EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
