import { describe, expect, it } from 'vitest';

import { FieldReader, FieldWriter } from '../../../src/vault/sqlite/writer/fields.ts';
import { readRequest, writeRequest } from '../../../src/vault/sqlite/writer/request-message.ts';
import type { WriteRequest } from '../../../src/vault/sqlite/writer/request.ts';
import {
  auditEntry,
  changed,
  inHex,
  keyRow,
  newKey,
  outboxEntry,
} from '../../support/vault-keys.ts';

const ABSENT: WriteRequest = {
  ...{ purge: [], insert: [], change: [], quarantine: [], outbox: [], audit: [] },
  ...{ states: new Map(), shred: false, acknowledge: 0, forgetAudit: 0 },
};

const FULL: WriteRequest = {
  purge: [{ tenant: 't', uid: 'u' }],
  insert: [newKey({}, [{ name: 'Name', value: 'a' }]), newKey({ quarantine: 'why' })],
  change: [changed(keyRow(), { mac: new Uint8Array() })],
  quarantine: [{ tenant: 't', uid: 'u', reason: 'r' }],
  outbox: [outboxEntry('u')],
  audit: [auditEntry('u'), auditEntry('')],
  states: new Map([
    ['put', Buffer.from('value')],
    ['empty', Buffer.alloc(0)],
    ['gone', undefined],
  ]),
  shred: true,
  acknowledge: 7,
  forgetAudit: 7,
};

describe('requests on their way to the writer', () => {
  it('arrive as they were sent, several in a message', () => {
    const writer = new FieldWriter();
    for (const request of [FULL, {}, FULL]) writeRequest(writer, request);
    const reader = new FieldReader(structuredClone(writer.take()));
    for (const request of [FULL, ABSENT, FULL]) {
      expect(inHex(readRequest(reader))).toEqual(inHex(request));
    }
    expect(reader.atEnd).toBe(true);
  });

  it('take no other bytes of the pool with them, and leave the writer empty', () => {
    const writer = new FieldWriter();
    writer.bytes(Buffer.from('small'));
    expect(writer.isEmpty).toBe(false);
    const { bytes } = writer.take();
    expect(bytes.buffer.byteLength).toBe(5);
    expect(writer.isEmpty).toBe(true);
    expect(writer.take()).toEqual({ values: [], bytes: new Uint8Array() });
  });

  it('hold what is larger than the first buffer', () => {
    const writer = new FieldWriter();
    const large = Buffer.alloc(100_000, 'large');
    writer.bytes(Buffer.from('before'));
    writer.bytes(large);
    const reader = new FieldReader(writer.take());
    expect(Buffer.from(reader.bytes()).toString()).toBe('before');
    expect(Buffer.compare(reader.bytes(), large)).toBe(0);
  });

  it('are refused when they are something else', () => {
    const of = (...values: (string | number | undefined)[]): FieldReader =>
      new FieldReader({ values, bytes: new Uint8Array(3) });
    expect(() => of(1).text()).toThrow(TypeError);
    expect(() => of('a').number()).toThrow(TypeError);
    expect(() => of(1).optionalText()).toThrow(TypeError);
    expect(() => of(4).bytes()).toThrow(RangeError);
    expect(() => of().number()).toThrow(RangeError);
  });
});
