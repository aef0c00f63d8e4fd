import { describe, expect, it } from 'vitest';
import { expectFailure, failureOf } from '../../support/failures.ts';
import { request } from '../kmip/engine/support.ts';
import { MAX_RESPONSE, respond, scripted, TIMEOUT_MS } from './support.ts';

const OK = respond(14, [{ operation: 18, status: 0 }]);

/** The answer to each request names its position. */
const numbered = (index: number): Buffer => respond(14, [{ operation: index + 1, status: 0 }]);

describe('a connection to a KMIP server', () => {
  it('answers exchanges made side by side each with its own response, one after the other', async () => {
    let underWay = 0;
    const { connection, server } = scripted((_, index) => {
      underWay += 1;
      expect(underWay).toBe(1);
      setImmediate(() => {
        underWay -= 1;
        server.write(numbered(index));
      });
      return undefined;
    });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => connection.exchange(request(14, [{}]), TIMEOUT_MS)),
    );
    expect(answers.map((answer) => Buffer.from(answer))).toEqual([0, 1, 2, 3, 4].map(numbered));
  });

  it('takes a response that comes in single bytes', async () => {
    const { connection, server } = scripted(() => {
      for (const byte of OK) server.write(Buffer.of(byte));
      return undefined;
    });
    const answer = await connection.exchange(request(14, [{}]), TIMEOUT_MS);
    expect(Buffer.from(answer)).toEqual(OK);
  });

  it('wipes a request once it is sent', async () => {
    const { connection } = scripted(() => OK);
    const sent = request(14, [{}]);
    await connection.exchange(sent, TIMEOUT_MS);
    expect(sent).toEqual(Buffer.alloc(sent.length));
  });

  it.each([
    ['a declared length of 4 GiB', Buffer.from('42007b01fffffff8', 'hex'), /not a response: /],
    [
      'more than the client takes',
      respond(14, [{ status: 1, message: 'x'.repeat(256) }]).fill(0x20, 6, 7),
      /not a response: /,
    ],
    ['a request', request(14, [{}]), /not a response: /],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /not a response: /],
    ['two responses', Buffer.concat([OK, OK]), /not asked for/],
  ])('gives up on a server that answers %s', async (_, answer, message) => {
    const { connection, server } = scripted(() => answer, MAX_RESPONSE);
    const failure = await failureOf(() => connection.exchange(request(14, [{}]), TIMEOUT_MS));
    expect(failure).toMatchObject({ code: 'KMIP_RESPONSE_MALFORMED' });
    expect(failure.message).toMatch(message);
    await expectFailure(
      () => connection.exchange(request(14, [{}]), TIMEOUT_MS),
      'KMIP_UNREACHABLE',
    );
    server.destroy();
  });

  it('gives up on a server that speaks without being asked', async () => {
    const { connection, server } = scripted(() => OK);
    server.write(OK);
    await new Promise(setImmediate);
    await expectFailure(
      () => connection.exchange(request(14, [{}]), TIMEOUT_MS),
      'KMIP_UNREACHABLE',
    );
  });

  it('fails when the server closes instead of answering', async () => {
    const { connection, socket } = scripted(() => {
      socket.destroy();
      return undefined;
    });
    await expectFailure(
      () => connection.exchange(request(14, [{}]), TIMEOUT_MS),
      'KMIP_UNREACHABLE',
    );
  });

  it('fails what is not answered in time, and everything after it: the answer might still come', async () => {
    const { connection } = scripted((_, index) => (index === 0 ? undefined : OK));
    const [first, second] = await Promise.all([
      failureOf(() => connection.exchange(request(14, [{}]), 30)),
      failureOf(() => connection.exchange(request(14, [{}]), TIMEOUT_MS)),
    ]);
    expect(first).toEqual({
      code: 'DEADLINE_EXCEEDED',
      message: 'the server did not answer in time',
    });
    expect(second).toMatchObject({ code: 'KMIP_UNREACHABLE' });
  });

  it('counts the time that an exchange waits for those before it', async () => {
    const { connection, server, requests } = scripted((_, index) => {
      if (index === 0) setTimeout(() => server.write(OK), 60);
      return undefined;
    });
    const first = connection.exchange(request(14, [{}]), TIMEOUT_MS);
    await expectFailure(() => connection.exchange(request(14, [{}]), 20), 'DEADLINE_EXCEEDED');
    await first;
    expect(requests).toHaveLength(1);
  });

  it('ends after the exchanges under way, and takes no more', async () => {
    const { connection } = scripted(() => OK);
    const last = connection.exchange(request(14, [{}]), TIMEOUT_MS);
    await connection.close();
    await expect(last).resolves.toBeInstanceOf(Uint8Array);
    const late = request(14, [{}]);
    await expectFailure(() => connection.exchange(late, TIMEOUT_MS), 'CANCELLED');
    expect(late).toEqual(Buffer.alloc(late.length));
  });
});
