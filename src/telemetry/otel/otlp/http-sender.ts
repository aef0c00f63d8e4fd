import { Agent as HttpAgent, request as httpRequest, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Collector } from './collector.ts';
import { SendFailure, type Sender } from './otlp-exporter.ts';
import { sendAgain } from './send-again.ts';

/** Statuses after which the OTLP specification has a client try again. */
const TRY_AGAIN: readonly number[] = [429, 502, 503, 504];

/** A sender by OTLP over HTTP, protobuf encoded, for one signal: `v1/traces`. */
export function httpSender(collector: Collector, signalPath: string): Sender {
  const base = collector.endpoint('http://localhost:4318');
  const url = new URL(`${base.pathname.replace(/\/+$/, '')}/${signalPath}`, base);
  const secure = url.protocol === 'https:';
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 2, ...collector.tls })
    : new HttpAgent({ keepAlive: true, maxSockets: 2 });
  const headers = {
    ...Object.fromEntries(collector.headers),
    'content-type': 'application/x-protobuf',
    'user-agent': collector.userAgent,
    ...(collector.compression === 'gzip' && { 'content-encoding': 'gzip' }),
  };

  const attempt = async (body: Uint8Array, signal: AbortSignal): Promise<number> =>
    new Promise((resolve, reject) => {
      const options = { method: 'POST', agent, signal, headers };
      const made: ClientRequest = secure ? httpsRequest(url, options) : httpRequest(url, options);
      made.on('error', reject);
      made.on('response', (response) => {
        response.on('error', reject);
        // What a collector says besides its status is not used; it is read away so that the connection can be used again.
        response.resume();
        response.on('end', () => {
          resolve(response.statusCode ?? 0);
        });
      });
      made.end(body);
    });

  return {
    send: async (body) => {
      const content =
        collector.compression === 'gzip' ? await promisify(gzip)(body) : Buffer.from(body);
      await sendAgain(collector.timeoutMs, async (signal) => {
        await requireSuccess(attempt(content, signal), signal);
      });
    },
    close: () => {
      agent.destroy();
    },
  };
}

async function requireSuccess(attempt: Promise<number>, signal: AbortSignal): Promise<void> {
  let status: number;
  try {
    status = await attempt;
  } catch (error) {
    if (signal.aborted) throw new SendFailure('the collector does not answer in time');
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SendFailure(`the collector cannot be reached (${code})`, { again: true });
  }
  if (status >= 200 && status < 300) return;
  throw new SendFailure(`the collector answers ${status}`, { again: TRY_AGAIN.includes(status) });
}
