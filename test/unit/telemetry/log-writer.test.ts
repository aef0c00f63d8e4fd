import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LogWriter, type LogStream } from '../../../src/telemetry/log-writer.ts';

/** A stream whose writes end when the test says so. */
class SlowStream implements LogStream {
  readonly written: string[] = [];
  readonly #pending: ((error?: Error | null) => void)[] = [];
  #onError: (error: Error) => void = () => undefined;

  write(text: string, done: (error?: Error | null) => void): void {
    this.written.push(text);
    this.#pending.push(done);
  }

  on(_: 'error', listener: (error: Error) => void): void {
    this.#onError = listener;
  }

  finish(error?: Error): void {
    this.#pending.shift()?.(error ?? null);
  }

  break(error: Error): void {
    this.#onError(error);
  }
}

describe('LogWriter', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('writes what one turn has brought after that turn, and gathers the next lines until it is out', () => {
    const stream = new SlowStream();
    const writer = new LogWriter({ stream });
    writer.write('a\n');
    writer.write('b\n');
    expect(stream.written).toEqual([]);
    vi.advanceTimersByTime(0);
    expect(stream.written).toEqual(['a\nb\n']);
    for (const line of ['c\n', 'd\n']) writer.write(line);
    vi.runAllTimers();
    expect(stream.written).toEqual(['a\nb\n']);
    stream.finish();
    expect(stream.written).toEqual(['a\nb\n', 'c\nd\n']);
  });

  it('gathers what comes within a moment of a line, although that is out, and not what comes later', () => {
    const stream = new SlowStream();
    const writer = new LogWriter({ stream, gatherMs: 5 });
    writer.write('a\n');
    vi.advanceTimersByTime(0);
    stream.finish();
    writer.write('b\n');
    vi.advanceTimersByTime(4);
    writer.write('c\n');
    expect(stream.written).toEqual(['a\n']);
    vi.advanceTimersByTime(1);
    expect(stream.written).toEqual(['a\n', 'b\nc\n']);
    stream.finish();
    vi.advanceTimersByTime(5);
    writer.write('d\n');
    vi.advanceTimersByTime(0);
    expect(stream.written).toEqual(['a\n', 'b\nc\n', 'd\n']);
  });

  it('gathers nothing while somebody flushes', async () => {
    const stream = new SlowStream();
    const writer = new LogWriter({ stream });
    writer.write('a\n');
    vi.advanceTimersByTime(0);
    stream.finish();
    writer.write('b\n');
    const flushed = writer.flush(10_000);
    writer.write('c\n');
    stream.finish();
    stream.finish();
    expect(stream.written).toEqual(['a\n', 'b\n', 'c\n']);
    expect(await flushed).toBe(true);
  });

  it('drops lines beyond its capacity, counts them, and says so when the reader has caught up', () => {
    const stream = new SlowStream();
    const onDropped = vi.fn();
    const writer = new LogWriter({ stream, capacity: 4, onDropped });
    writer.write('a\n');
    vi.advanceTimersByTime(0);
    for (const line of ['b\n', 'c\n', 'd\n', 'e\n']) writer.write(line);
    stream.finish();
    vi.runAllTimers();
    expect(onDropped).toHaveBeenCalledExactlyOnceWith(2);
    expect(stream.written).toEqual(['a\n', 'b\nc\n']);
  });

  it('writes the line about dropped lines together with those that waited', () => {
    const stream = new SlowStream();
    const writer: LogWriter = new LogWriter({
      stream,
      capacity: 2,
      onDropped: (lines) => {
        writer.write(`${lines} dropped\n`.slice(-2));
      },
    });
    writer.write('a\n');
    vi.advanceTimersByTime(0);
    for (const line of ['b\n', 'c\n']) writer.write(line);
    stream.finish();
    vi.runAllTimers();
    stream.finish();
    expect(stream.written.join('')).toContain('b\n');
  });

  it('flushes: true when everything is out, false when that takes too long', async () => {
    const stream = new SlowStream();
    const writer = new LogWriter({ stream });
    expect(await writer.flush(1)).toBe(true);
    writer.write('a\n');
    const late = writer.flush(1);
    vi.advanceTimersByTime(1);
    expect(await late).toBe(false);
    const flushed = writer.flush(10_000);
    stream.finish();
    expect(await flushed).toBe(true);
  });

  it('gives up on a stream that fails, by its callback or its event, and takes lines without a word', async () => {
    for (const fail of [
      (stream: SlowStream) => {
        stream.finish(new Error('EPIPE'));
      },
      (stream: SlowStream) => {
        stream.break(new Error('EPIPE'));
      },
    ]) {
      const stream = new SlowStream();
      const writer = new LogWriter({ stream });
      writer.write('a\n');
      vi.advanceTimersByTime(0);
      writer.write('b\n');
      fail(stream);
      writer.write('c\n');
      expect(stream.written).toEqual(['a\n']);
      expect(await writer.flush(1)).toBe(true);
      expect(writer.lostLines).toBe(2);
    }
  });
});
