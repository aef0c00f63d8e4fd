import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/**
 * Reads the OTLP messages that tests look at, by the field numbers of opentelemetry-proto 1.x: written down here by hand, so
 * that a mistake of the product's encoder cannot be undone by the same mistake of its decoder.
 */

export type AttributesRead = Readonly<Record<string, unknown>>;

export interface ReadSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: AttributesRead;
  readonly status: { readonly code: number; readonly message: string };
}

export interface ReadPoint {
  readonly attributes: AttributesRead;
  readonly start: bigint;
  readonly time: bigint;
  readonly value?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly counts?: readonly number[];
  readonly bounds?: readonly number[];
}

export interface ReadMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'histogram';
  /** 2: cumulative. */
  readonly temporality: number;
  readonly monotonic: boolean;
  readonly points: readonly ReadPoint[];
}

export interface ReadLogRecord {
  readonly time: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: unknown;
  readonly attributes: AttributesRead;
  readonly traceId: string;
  readonly spanId: string;
}

/** One request: its resource, its scope, and what it brings. */
export interface ReadRequest<Item> {
  readonly resource: AttributesRead;
  readonly scope: { readonly name: string; readonly version: string };
  readonly items: readonly Item[];
}

export const readTraces = (bytes: Uint8Array): ReadRequest<ReadSpan> => request(bytes, span);
export const readMetrics = (bytes: Uint8Array): ReadRequest<ReadMetric> => request(bytes, metric);
export const readLogs = (bytes: Uint8Array): ReadRequest<ReadLogRecord> =>
  request(bytes, logRecord);

/** The fields of a message: by number the raw values, in order. */
class Fields {
  readonly #fields = new Map<number, unknown[]>();

  constructor(bytes: Uint8Array) {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, type] = reader.tag();
      const values = this.#fields.get(number) ?? [];
      values.push(rawValue(reader, type));
      this.#fields.set(number, values);
    }
  }

  has(number: number): boolean {
    return this.#fields.has(number);
  }

  bytes(number: number): Uint8Array {
    return (this.#fields.get(number)?.at(-1) ?? new Uint8Array()) as Uint8Array;
  }

  all(number: number): readonly Uint8Array[] {
    return (this.#fields.get(number) ?? []) as Uint8Array[];
  }

  text(number: number): string {
    return Buffer.from(this.bytes(number)).toString();
  }

  hex(number: number): string {
    return Buffer.from(this.bytes(number)).toString('hex');
  }

  integer(number: number): bigint {
    return (this.#fields.get(number)?.at(-1) ?? 0n) as bigint;
  }

  double(number: number): number {
    return asDouble(this.integer(number));
  }

  /** A packed list of 64-bit values. */
  packed(number: number): readonly bigint[] {
    const bytes = Buffer.from(this.bytes(number));
    return Array.from({ length: bytes.length / 8 }, (_, index) => bytes.readBigUInt64LE(index * 8));
  }
}

function rawValue(reader: BinaryReader, type: WireType): unknown {
  switch (type) {
    case WireType.Varint:
      return BigInt(reader.uint64());
    case WireType.Bit64:
      return BigInt(reader.fixed64());
    case WireType.Bit32:
      return BigInt(reader.fixed32());
    case WireType.LengthDelimited:
      return reader.bytes();
    default:
      throw new Error(`wire type ${type} does not occur in OTLP`);
  }
}

function asDouble(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** All three requests have the same shell: resource, scope, items. Ours hold one resource and one scope. */
function request<Item>(bytes: Uint8Array, item: (fields: Fields) => Item): ReadRequest<Item> {
  const shells = new Fields(bytes).all(1);
  const scopes = shells.flatMap((shell) => new Fields(shell).all(2));
  if (shells.length !== 1 || scopes.length !== 1) {
    throw new Error(`${shells.length} resources and ${scopes.length} scopes`);
  }
  const [shell = new Uint8Array()] = shells;
  const [scopeItems = new Uint8Array()] = scopes;
  const scope = new Fields(new Fields(scopeItems).bytes(1));
  return {
    resource: attributes(new Fields(new Fields(shell).bytes(1)), 1),
    scope: { name: scope.text(1), version: scope.text(2) },
    items: new Fields(scopeItems).all(2).map((one) => item(new Fields(one))),
  };
}

function attributes(fields: Fields, number: number): AttributesRead {
  return Object.fromEntries(
    fields.all(number).map((pair) => {
      const keyValue = new Fields(pair);
      return [keyValue.text(1), anyValue(new Fields(keyValue.bytes(2)))];
    }),
  );
}

function anyValue(fields: Fields): unknown {
  if (fields.has(1)) return fields.text(1);
  if (fields.has(2)) return fields.integer(2) !== 0n;
  if (fields.has(3)) return Number(BigInt.asIntN(64, fields.integer(3)));
  if (fields.has(4)) return fields.double(4);
  if (fields.has(5)) {
    return new Fields(fields.bytes(5)).all(1).map((one) => anyValue(new Fields(one)));
  }
  return undefined;
}

function span(fields: Fields): ReadSpan {
  const status = new Fields(fields.bytes(15));
  return {
    traceId: fields.hex(1),
    spanId: fields.hex(2),
    traceState: fields.text(3),
    parentSpanId: fields.hex(4),
    name: fields.text(5),
    kind: Number(fields.integer(6)),
    start: fields.integer(7),
    end: fields.integer(8),
    attributes: attributes(fields, 9),
    status: { message: status.text(2), code: Number(status.integer(3)) },
  };
}

function metric(fields: Fields): ReadMetric {
  const common = { name: fields.text(1), description: fields.text(2), unit: fields.text(3) };
  const [kind, number] = fields.has(5)
    ? (['gauge', 5] as const)
    : fields.has(7)
      ? (['sum', 7] as const)
      : (['histogram', 9] as const);
  const data = new Fields(fields.bytes(number));
  return {
    ...common,
    kind,
    temporality: Number(data.integer(2)),
    monotonic: data.integer(3) !== 0n,
    points: data.all(1).map((one) => {
      const point = new Fields(one);
      return kind === 'histogram' ? histogramPoint(point) : numberPoint(point);
    }),
  };
}

function numberPoint(point: Fields): ReadPoint {
  return {
    attributes: attributes(point, 7),
    start: point.integer(2),
    time: point.integer(3),
    value: point.has(6) ? Number(BigInt.asIntN(64, point.integer(6))) : point.double(4),
  };
}

function histogramPoint(point: Fields): ReadPoint {
  return {
    attributes: attributes(point, 9),
    start: point.integer(2),
    time: point.integer(3),
    count: Number(point.integer(4)),
    sum: point.double(5),
    counts: point.packed(6).map(Number),
    bounds: point.packed(7).map(asDouble),
  };
}

function logRecord(fields: Fields): ReadLogRecord {
  return {
    time: fields.integer(1),
    severityNumber: Number(fields.integer(2)),
    severityText: fields.text(3),
    body: anyValue(new Fields(fields.bytes(5))),
    attributes: attributes(fields, 6),
    traceId: fields.hex(9),
    spanId: fields.hex(10),
  };
}
