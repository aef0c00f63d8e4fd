import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isStandardName } from '../../src/kmip/attributes/attribute-name.ts';
import { readAttributeList, writeAttributeList } from '../../src/kmip/attributes/attribute-list.ts';
import { AttributeSet } from '../../src/kmip/attributes/attribute-set.ts';
import { decodeCanonical, encodeCanonical } from '../../src/kmip/attributes/canonical.ts';
import { matches } from '../../src/kmip/attributes/matches.ts';
import { searchTerms } from '../../src/kmip/attributes/search-terms.ts';
import { KmipFailure } from '../../src/kmip/failure.ts';
import { MessageFailure } from '../../src/kmip/messages/message-failure.ts';
import { decodeRequest, encodeRequest } from '../../src/kmip/messages/request.ts';
import {
  beginResponse,
  decodeResponse,
  endResponse,
  writeResultItem,
} from '../../src/kmip/messages/response.ts';
import { PAYLOADS } from '../../src/kmip/payloads/index.ts';
import type { PayloadCodec } from '../../src/kmip/payloads/payload-codec.ts';
import { OPERATION } from '../../src/kmip/tables/enumerations.ts';
import { attributeByName, livesIn, tagFacts } from '../../src/kmip/tables/look-up.ts';
import { TAG } from '../../src/kmip/tables/tags.ts';
import { TtlvReader } from '../../src/kmip/ttlv/reader.ts';
import { TYPE } from '../../src/kmip/ttlv/types.ts';
import { validate } from '../../src/kmip/ttlv/validate.ts';
import { KMIP_VERSIONS, type KmipVersion } from '../../src/kmip/version.ts';
import { longRun } from '../support/environment.ts';
import {
  anyAttribute,
  anyAttributes,
  anyBytes,
  anyFilters,
  anyInteger,
  anyObject,
  anyParameters,
  anyReference,
  anyText,
  anyUid,
  anyVersion,
  enumerationOf,
  maybe,
} from '../support/kmip/arbitraries.ts';
import { GOLDEN } from '../support/kmip/golden.ts';
import { written } from '../support/kmip/ttlv-samples.ts';

const runs = (short: number): { numRuns: number } => ({ numRuns: longRun ? 50 * short : short });

const none = fc.constant({});
const byUid = fc.record({ uid: anyReference });
const uidAlone = fc.record({ uid: anyUid });
const count = maybe(fc.nat(0x7fff_ffff));
const date = maybe(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const masks = maybe(fc.array(anyInteger, { maxLength: 4 }));
const names = fc.array(
  anyAttribute.map(({ name }) => name),
  { maxLength: 6 },
);
const told = fc.record({ uid: anyUid, attribute: maybe(anyAttribute) });
const use = {
  usageLimitsCount: date,
  cryptographicUsageMask: maybe(anyInteger),
  leaseTime: count,
};
const stream = {
  correlationValue: maybe(anyBytes),
  initIndicator: maybe(fc.boolean()),
  finalIndicator: maybe(fc.boolean()),
};
const versions = fc.record({
  versions: fc.array(fc.record({ major: anyInteger, minor: anyInteger }), { maxLength: 8 }),
});

/** What requests and responses of each operation may say. */
const SAYINGS: Readonly<
  Record<number, readonly [request: Arbitrary<object>, response: Arbitrary<object>]>
> = {
  [OPERATION.activate]: [byUid, uidAlone],
  [OPERATION.destroy]: [byUid, uidAlone],
  [OPERATION.getAttributeList]: [byUid, fc.record({ uid: anyUid, names })],
  [OPERATION.getAttributes]: [
    fc.record({ uid: anyReference, names }),
    fc.record({ uid: anyUid, attributes: anyAttributes }),
  ],
  [OPERATION.create]: [
    fc.record({
      objectType: enumerationOf(TAG.objectType),
      attributes: anyAttributes,
      storageMasks: masks,
    }),
    fc.record({ objectType: enumerationOf(TAG.objectType), uid: anyUid }),
  ],
  [OPERATION.register]: [
    fc.record({ attributes: anyAttributes, object: anyObject, storageMasks: masks }),
    uidAlone,
  ],
  [OPERATION.reKey]: [
    fc.record({ uid: anyReference, offset: count, attributes: anyAttributes, storageMasks: masks }),
    uidAlone,
  ],
  [OPERATION.get]: [
    fc.record({
      uid: anyReference,
      keyFormatType: maybe(enumerationOf(TAG.keyFormatType)),
      keyWrapType: maybe(enumerationOf(TAG.keyWrapType)),
      keyCompressionType: maybe(enumerationOf(TAG.keyCompressionType)),
    }),
    fc.record({ uid: anyUid, object: anyObject }),
  ],
  [OPERATION.locate]: [
    fc.record({
      maximumItems: count,
      offsetItems: count,
      storageStatusMask: maybe(anyInteger),
      objectGroupMember: maybe(enumerationOf(TAG.objectGroupMember)),
      filters: anyFilters,
    }),
    fc.record({ locatedItems: count, uids: fc.array(anyUid, { maxLength: 5 }) }),
  ],
  [OPERATION.check]: [fc.record({ uid: anyReference, ...use }), fc.record({ uid: anyUid, ...use })],
  [OPERATION.revoke]: [
    fc.record({
      uid: anyReference,
      reasonCode: enumerationOf(TAG.revocationReasonCode),
      reasonMessage: maybe(anyText),
      compromiseOccurrenceDate: date,
    }),
    uidAlone,
  ],
  [OPERATION.query]: [
    fc.record({ functions: fc.array(enumerationOf(TAG.queryFunction), { maxLength: 5 }) }),
    fc.record({
      operations: fc.array(enumerationOf(TAG.operation), { maxLength: 5 }),
      objectTypes: fc.array(enumerationOf(TAG.objectType), { maxLength: 5 }),
      vendorIdentification: maybe(anyText),
      serverInformation: maybe(fc.constant([])),
      applicationNamespaces: fc.array(anyText, { maxLength: 3 }),
      further: fc.constant([
        { tag: TAG.attestationType, value: { type: 'enumeration', value: 1 } },
        {
          tag: TAG.capabilityInformation,
          value: {
            type: 'structure',
            fields: [
              { tag: TAG.streamingCapability, value: { type: 'boolean', value: true } },
              { tag: TAG.batchUndoCapability, value: { type: 'boolean', value: false } },
            ],
          },
        },
        { tag: TAG.protectionStorageMask, value: { type: 'integer', value: 3 } },
      ]),
    }),
  ],
  [OPERATION.discoverVersions]: [versions, versions],
  [OPERATION.addAttribute]: [fc.record({ uid: anyReference, attribute: anyAttribute }), told],
  [OPERATION.modifyAttribute]: [
    fc.record({ uid: anyReference, current: maybe(anyAttribute), attribute: anyAttribute }),
    told,
  ],
  [OPERATION.deleteAttribute]: [
    fc
      .tuple(anyReference, anyAttribute, fc.nat(9), fc.boolean())
      .map(([uid, { name, value }, index, one]) => ({
        uid,
        name,
        index,
        value: one ? value : undefined,
      })),
    told,
  ],
  [OPERATION.setAttribute]: [fc.record({ uid: anyReference, attribute: anyAttribute }), uidAlone],
  [OPERATION.encrypt]: [
    fc.record({
      uid: anyReference,
      parameters: maybe(anyParameters),
      data: maybe(anyBytes),
      iv: maybe(anyBytes),
      ...stream,
      additionalData: maybe(anyBytes),
    }),
    fc.record({
      uid: anyUid,
      data: maybe(anyBytes),
      iv: maybe(anyBytes),
      correlationValue: maybe(anyBytes),
      tag: maybe(anyBytes),
    }),
  ],
  [OPERATION.decrypt]: [
    fc.record({
      uid: anyReference,
      parameters: maybe(anyParameters),
      data: maybe(anyBytes),
      iv: maybe(anyBytes),
      ...stream,
      additionalData: maybe(anyBytes),
      tag: maybe(anyBytes),
    }),
    fc.record({ uid: anyUid, data: maybe(anyBytes), correlationValue: maybe(anyBytes) }),
  ],
};

describe('payloads of any content, in every version', () => {
  it.each([...PAYLOADS.values()].map((codec) => [codec.name, codec] as const))(
    '%s comes back as it was said, and is written the same again',
    (_, codec) => {
      const [requests, responses] = SAYINGS[codec.operation] ?? [none, none];
      fc.assert(
        fc.property(anyVersion, requests, responses, (version, request, response) => {
          fc.pre(version >= codec.since);
          checkReturn(
            (value) =>
              written((writer) => {
                codec.encodeRequest(writer, value, version);
              }),
            (bytes) => codec.decodeRequest(new TtlvReader(bytes), version),
            request,
            version,
          );
          checkReturn(
            (value) =>
              written((writer) => {
                codec.encodeResponse(writer, value, version);
              }),
            (bytes) => codec.decodeResponse(new TtlvReader(bytes), version),
            response,
            version,
          );
        }),
        runs(150),
      );
    },
  );
});

describe('attributes of any content', () => {
  it('are never said newer than the version', () => {
    fc.assert(
      fc.property(anyAttributes, anyVersion, (attributes, version) => {
        const bytes = written((writer) => {
          writeAttributeList(writer, attributes, version);
        });
        expectNothingNewer(bytes, version);
        // And nothing is dropped that could be said.
        const back = readAttributeList(new TtlvReader(bytes), version, 'response');
        expect(back.names().every((name) => attributes.has(name))).toBe(true);
        for (const name of attributes.names()) {
          const facts = attributeByName(name);
          const plain =
            facts !== undefined && facts.type !== TYPE.structure && facts.type !== TYPE.enumeration;
          if (plain && livesIn(facts, version)) {
            expect(back.all(name).length, name).toBe(attributes.all(name).length);
          }
        }
      }),
      runs(600),
    );
  });

  it('are stored without loss, whatever was deleted of them', () => {
    fc.assert(
      fc.property(anyAttributes, fc.array(fc.nat(11)), (attributes, gone) => {
        const left = AttributeSet.of([...attributes].filter((_, index) => !gone.includes(index)));
        const bytes = encodeCanonical(left);
        const back = decodeCanonical(bytes);
        expect(back.size).toBe(left.size);
        for (const { name, index, value } of left) {
          expect(back.instance(name, index)?.value).toEqual(value);
        }
        expect(encodeCanonical(back)).toEqual(bytes);
      }),
      runs(300),
    );
  });

  it('match themselves, and carry the terms of every filter they match', () => {
    fc.assert(
      fc.property(anyFilters, fc.array(fc.nat(11)), (attributes, chosen) => {
        const filters = AttributeSet.of(
          [...attributes].filter((_, index) => chosen.includes(index)),
        );
        if (matches(attributes, filters)) {
          const terms = searchTerms(attributes);
          for (const term of searchTerms(filters)) expect(terms).toContainEqual(term);
        }
        const single = attributes.names().every((name) => attributes.all(name).length === 1);
        if (single) expect(matches(attributes, filters)).toBe(true);
      }),
      runs(300),
    );
  });
});

describe('messages of any content', () => {
  const header = fc.record(
    {
      maximumResponseSize: fc.nat(0x7fff_ffff),
      clientCorrelationValue: anyText,
      serverCorrelationValue: anyText,
      asynchronous: fc.constantFrom('optional', 'prohibited'),
      timeStamp: fc.bigInt({ min: 0n, max: 2n ** 40n }),
    },
    { requiredKeys: [] },
  );
  const payload = written((writer) => {
    writer.begin(TAG.requestPayload);
    writer.end();
  });
  const item = fc.record(
    { operation: enumerationOf(TAG.operation), itemId: anyBytes, payload: fc.constant(payload) },
    { requiredKeys: ['operation', 'payload'] },
  );

  it('come back as they were said', () => {
    const requests = fc.tuple(
      anyVersion,
      header,
      fc.constantFrom('stop', 'continue', 'undo'),
      fc.array(item, { minLength: 1, maxLength: 5 }),
    );
    fc.assert(
      fc.property(requests, ([version, fields, errorContinuation, items]) => {
        const sent = { ...fields, version, errorContinuation, hasAuthentication: false };
        const message = written((writer) => {
          encodeRequest(writer, sent, items);
        });
        const back = decodeRequest(message);
        if (version < 14) {
          delete sent.clientCorrelationValue;
          delete sent.serverCorrelationValue;
        }
        expect(back.header).toEqual({ ...sent, batchCount: items.length });
        expect(back.items).toEqual(items.map((one) => ({ ...one, criticalExtension: false })));
      }),
      runs(300),
    );
  });

  it('come back as they were answered', () => {
    const answers = fc.array(
      fc.record(
        {
          operation: enumerationOf(TAG.operation),
          itemId: anyBytes,
          status: fc.constantFrom(0, 1, 2, 3),
          reason: enumerationOf(TAG.resultReason),
          message: anyText,
        },
        { requiredKeys: ['status'] },
      ),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(
        anyVersion,
        fc.bigInt({ min: 0n, max: 2n ** 40n }),
        answers,
        (version, timeStamp, items) => {
          const message = written((writer) => {
            const batchCountAt = beginResponse(writer, { version, timeStamp, batchCount: 99 });
            for (const one of items) writeResultItem(writer, one);
            endResponse(writer, batchCountAt, items.length);
          });
          expect(decodeResponse(message)).toEqual({
            header: { version, timeStamp, batchCount: items.length },
            items,
          });
        },
      ),
      runs(300),
    );
  });

  it('are refused in a way that can be answered, however they are mutilated', () => {
    const samples = [...GOLDEN.pykmip, ...GOLDEN['kmip-go']];
    const edit = fc.record({ at: fc.nat(4000), byte: fc.nat(255) });
    const mutilation = fc.tuple(
      fc.constantFrom(...samples),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      maybe(fc.nat(4000)),
    );
    fc.assert(
      fc.property(mutilation, ([sample, edits, cut]) => {
        const bytes = Uint8Array.from(sample.bytes);
        for (const { at, byte } of edits) bytes[at % bytes.length] = byte;
        const message = cut === undefined ? bytes : bytes.subarray(0, cut % bytes.length);
        if (sample.direction === 'request') tryRequest(message);
        else tryResponse(message);
      }),
      runs(4000),
    );
  });
});

/** Says something, reads it, and says what was read: from then on nothing may change. */
function checkReturn(
  encode: (value: unknown) => Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
  value: unknown,
  version: KmipVersion,
): void {
  let bytes: Uint8Array;
  try {
    bytes = encode(value);
  } catch (error) {
    // One attribute alone cannot be left out: to say it in a version that does not have it is a mistake of the caller.
    if (error instanceof RangeError && error.message.includes('cannot be said')) return;
    throw error;
  }
  validate(bytes);
  expectNothingNewer(bytes, version);
  const back = decode(bytes);
  const again = encode(back);
  expect(Buffer.from(again).toString('hex')).toBe(Buffer.from(bytes).toString('hex'));
  expect(decode(again)).toEqual(back);
}

/** Walks what was written: every tag, and every name of an attribute that has a value. */
function expectNothingNewer(bytes: Uint8Array, version: KmipVersion): void {
  const reader = new TtlvReader(bytes);
  const path: number[] = [];
  for (;;) {
    const tag = reader.nextTag();
    if (tag === 0) {
      if (path.pop() === undefined) return;
      reader.leave();
      continue;
    }
    const facts = tagFacts(tag);
    if (facts !== undefined)
      expect(livesIn(facts, version), `${facts.name} in ${version}`).toBe(true);
    if (reader.nextType() === TYPE.structure) {
      reader.enter(tag);
      path.push(tag);
    } else if (tag === TAG.attributeName && path.at(-1) === TAG.attribute) {
      const name = reader.text(tag);
      if (isStandardName(name)) {
        const attribute = attributeByName(name);
        expect(
          attribute !== undefined && livesIn(attribute, version),
          `${name} in ${version}`,
        ).toBe(true);
      }
    } else {
      reader.skip();
    }
  }
}

function tryRequest(message: Uint8Array): void {
  let request;
  try {
    request = decodeRequest(message);
  } catch (error) {
    if (!(error instanceof MessageFailure)) throw error;
    expect(KMIP_VERSIONS).toContain(error.version);
    return;
  }
  for (const { operation, payload } of request.items) {
    tryPayload(operation, (codec) =>
      codec.decodeRequest(new TtlvReader(payload), request.header.version),
    );
  }
}

function tryResponse(message: Uint8Array): void {
  let response;
  try {
    response = decodeResponse(message);
  } catch (error) {
    if (!(error instanceof KmipFailure)) throw error;
    return;
  }
  for (const { operation = 0, payload } of response.items) {
    if (payload === undefined) continue;
    tryPayload(operation, (codec) =>
      codec.decodeResponse(new TtlvReader(payload), response.header.version),
    );
  }
}

function tryPayload(
  operation: number,
  decode: (codec: PayloadCodec<unknown, unknown>) => unknown,
): void {
  const codec = PAYLOADS.get(operation);
  if (codec === undefined) return;
  try {
    decode(codec);
  } catch (error) {
    if (!(error instanceof KmipFailure)) throw error;
  }
}
