import { createServer, type Http2Server } from 'node:http2';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { ProtocolError } from '../../src/client/http2/protocol-error.ts';
import { FrameReader } from '../../src/client/lean/frame-reader.ts';
import { FLAG, FRAME } from '../../src/client/lean/frames.ts';
import { HpackDecoder } from '../../src/client/lean/hpack/decoder.ts';
import { encodeField } from '../../src/client/lean/hpack/encoder.ts';
import { frame, headers, settings } from '../support/client/fake-server.ts';
import { deferred } from '../support/deferred.ts';
import { scratchDirectory } from '../support/scratch.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/).map((text) => `x-${text}`);
const value = fc.oneof(
  fc.constantFrom('application/grpc', '0', 'gzip', 'a'.repeat(60)),
  fc.stringMatching(/^[!-~]([ -~]{0,120}[!-~])?$/),
);

it('what we encode is what we decode', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 20 }), (fields) => {
      const block = Buffer.concat(fields.map(([key, text]) => encodeField(key, text)));
      const list = new HpackDecoder(1_000_000).decode(block, 0, block.length);
      expect(list).toEqual(fields.map(([key, text]) => ({ name: key, value: text })));
    }),
    { numRuns: 500 },
  );
});

it('a block of any bytes is read or is COMPRESSION_ERROR', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (blocks) => {
      const decoder = new HpackDecoder(16_384);
      try {
        for (const bytes of blocks) decoder.decode(Buffer.from(bytes), 0, bytes.length);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        expect(error.code).toBe('COMPRESSION_ERROR');
      }
    }),
    { numRuns: 20_000 },
  );
});

it("what Node's HTTP/2 encodes over one connection is what we decode", async () => {
  const lists = fc.sample(
    fc.uniqueArray(fc.tuple(name, value), { maxLength: 30, selector: ([key]) => key }),
    { numRuns: 400, seed: 7 },
  );
  const socket = join(scratchDirectory(), 's.sock');
  const server: Http2Server = createServer();
  server.on('stream', (stream, request) => {
    const list = lists[Number(String(request[':path']).slice(1))] ?? [];
    stream.respond({ ...Object.fromEntries(list), date: 'today' }, { endStream: true });
  });
  await new Promise<void>((resolve) => {
    server.listen(socket, resolve);
  });

  const decoder = new HpackDecoder(1_000_000);
  const decoded = new Map<number, [string, string][]>();
  const all = deferred();
  const reader = new FrameReader({
    frame: (type, flags, stream, bytes, start, end) => {
      if (type !== FRAME.headers) return;
      expect(flags & FLAG.endHeaders).toBe(FLAG.endHeaders);
      const list = decoder.decode(bytes, start, end) ?? [];
      decoded.set(
        (stream - 1) / 2,
        list.map((field) => [field.name, field.value]),
      );
      if (decoded.size === lists.length) all.resolve();
    },
  });
  const connection = createConnection(socket, () => {
    connection.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    connection.write(
      Buffer.concat([settings(), frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0))]),
    );
    lists.forEach((_, index) => {
      const fields = {
        ':method': 'GET',
        ':scheme': 'http',
        ':path': `/${index}`,
        ':authority': 'x',
      };
      connection.write(headers(2 * index + 1, fields, FLAG.endStream));
    });
  });
  connection.on('data', (chunk: Buffer) => {
    reader.read(chunk);
  });
  onTestFinished(() => {
    connection.destroy();
    server.close();
  });
  await all.promise;
  for (const [index, list] of lists.entries()) {
    expect(decoded.get(index)).toEqual([[':status', '200'], ...list, ['date', 'today']]);
  }
});
