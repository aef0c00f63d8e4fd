import { array, boolean, choice, integer, number, object, optional, string } from '../schema.ts';
import { absolutePath, endpoint, PROGRAMS, setting } from './spelling.ts';

/**
 * What is exported and where to: the variables of the OpenTelemetry specification by their names, read here so that the SDK
 * need not read the environment itself. Everything is off until asked for.
 */

/** Names of exporters: `otlp` goes by `otlp.protocol`, the two after it say it themselves. */
const EXPORTERS = ['none', 'console', 'otlp', 'otlphttp', 'otlpgrpc'] as const;
const METRIC_EXPORTERS = [...EXPORTERS, 'prometheus'] as const;

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** A list of exporters; in the environment separated by commas, as OpenTelemetry has it. */
const exporters = <const V extends readonly string[]>(names: V) =>
  array(choice(names), { minItems: 1, maxItems: names.length, default: ['none'] });

const shortText = () =>
  optional(
    string({
      pattern: '^[\\u0021-\\u007e\\u00a0-\\uffff][^\\u0000-\\u001f\\u007f]{0,254}$',
      problem: 'must be text of at most 255 characters without control characters',
    }),
  );

const HOST = '(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9._-]{1,253})';
const OTLP_ENDPOINT = `^(https?://${HOST}(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]{0,1024})?|${HOST}:[0-9]{1,5})$`;

/** `name=value` pairs separated by commas; the values percent-encoded where they need it. */
const PAIRS = '^[^\\u0000-\\u0020\\u007f=,]{1,255}=[^\\u0000-\\u001f\\u007f,]*';
const pairs = (problem: string) =>
  optional(
    string({
      pattern: `${PAIRS}(,\\s*${PAIRS.slice(1)})*,?$`,
      maxLength: 8192,
      problem,
    }),
  );

export const TelemetrySettingsSchema = object({
  listen: setting(
    optional(endpoint()),
    'Address and port of an HTTP listener with /metrics (Prometheus), /livez and /readyz; port 0 takes a free one.',
    {
      scopes: PROGRAMS,
      env: 'CRYPTO_BROKER_TELEMETRY_LISTEN',
      flag: '--telemetry-listen',
      placeholder: 'host:port',
    },
  ),
  disabled: setting(
    boolean({ default: false }),
    'Export nothing, whatever else is set. The HTTP listener of telemetry.listen stays.',
    { scopes: PROGRAMS, env: 'OTEL_SDK_DISABLED' },
  ),
  serviceName: setting(shortText(), 'Resource attribute service.name.', {
    scopes: PROGRAMS,
    env: 'OTEL_SERVICE_NAME',
    placeholder: 'text',
    defaultText: 'service.name of resourceAttributes, else the `service` of the log lines',
  }),
  serviceVersion: setting(shortText(), 'Resource attribute service.version.', {
    scopes: PROGRAMS,
    env: 'OTEL_SERVICE_VERSION',
    placeholder: 'text',
    defaultText: 'service.version of resourceAttributes, else the version of this package',
  }),
  resourceAttributes: setting(
    pairs('must be name=value pairs separated by commas, at most 8192 characters'),
    'Further resource attributes, as name=value pairs separated by commas.',
    {
      scopes: PROGRAMS,
      env: 'OTEL_RESOURCE_ATTRIBUTES',
      placeholder: 'name=value,…',
    },
  ),
  traces: object({
    exporters: setting(exporters(EXPORTERS), 'Where spans go.', {
      scopes: PROGRAMS,
      env: 'OTEL_TRACES_EXPORTER',
      separator: ',',
    }),
    sampler: setting(
      choice(SAMPLERS, { default: 'parentbased_always_on' }),
      'Which spans are recorded; parentbased_…: as the caller decided, and the rest of the name where there is no caller.',
      { scopes: PROGRAMS, env: 'OTEL_TRACES_SAMPLER' },
    ),
    samplerArg: setting(
      number({ minimum: 0, maximum: 1, default: 1 }),
      'Share of traces that a sampler with traceidratio in its name records.',
      { scopes: PROGRAMS, env: 'OTEL_TRACES_SAMPLER_ARG' },
    ),
  }),
  metrics: object({
    exporters: setting(
      exporters(METRIC_EXPORTERS),
      'Where metrics go; prometheus opens the HTTP listener at telemetry.prometheus unless telemetry.listen says where.',
      { scopes: PROGRAMS, env: 'OTEL_METRICS_EXPORTER', separator: ',' },
    ),
    interval: setting(
      optional(
        string({
          pattern: '^([0-9]{1,9}(\\.[0-9]{1,9})?(ms|s|m|h)){1,4}$',
          problem: 'must be a duration such as 30s or 1m30s',
        }),
      ),
      'Time from one sending of metrics to the next, 100ms to 24h.',
      {
        scopes: PROGRAMS,
        env: 'OTEL_METRICS_INTERVAL',
        placeholder: 'duration',
        defaultText: 'intervalMs, else 30s',
      },
    ),
    intervalMs: setting(
      optional(integer({ minimum: 100, maximum: 86_400_000 })),
      'The same in milliseconds, by the variable of the OpenTelemetry specification.',
      { scopes: PROGRAMS, env: 'OTEL_METRIC_EXPORT_INTERVAL' },
    ),
  }),
  logs: object({
    exporters: setting(
      exporters(EXPORTERS),
      'Where log lines go beside log.output; console is log.output itself.',
      { scopes: PROGRAMS, env: 'OTEL_LOGS_EXPORTER', separator: ',' },
    ),
  }),
  otlp: object({
    endpoint: setting(
      optional(
        string({
          pattern: OTLP_ENDPOINT,
          maxLength: 1400,
          problem: 'must be HOST:PORT or an http or https URL without user, query and fragment',
        }),
      ),
      'Collector of the otlp exporters; HOST:PORT means http://HOST:PORT.',
      {
        scopes: PROGRAMS,
        env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
        placeholder: 'URL or host:port',
        defaultText: 'http://localhost:4318; http://localhost:4317 with grpc',
      },
    ),
    protocol: setting(
      choice(['http/protobuf', 'grpc'], { default: 'http/protobuf' }),
      'Protocol of the exporter otlp.',
      { scopes: PROGRAMS, env: 'OTEL_EXPORTER_OTLP_PROTOCOL' },
    ),
    headers: setting(
      pairs('must be name=value pairs separated by commas, at most 8192 characters'),
      'Headers of every request to the collector, as name=value pairs separated by commas.',
      {
        scopes: PROGRAMS,
        env: 'OTEL_EXPORTER_OTLP_HEADERS',
        placeholder: 'name=value,…',
        secret: true,
      },
    ),
    authorization: setting(
      optional(
        string({
          pattern: '^[\\u0020-\\u007e]{1,8192}$',
          problem: 'must be printable ASCII of at most 8192 characters',
        }),
      ),
      'Value of the header authorization, as it is.',
      {
        scopes: PROGRAMS,
        env: 'OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION',
        placeholder: 'text',
        secret: true,
      },
    ),
    certificate: setting(
      optional(absolutePath()),
      "CA certificates that an https collector must verify against, PEM; unset: Node's own list.",
      { scopes: PROGRAMS, env: 'OTEL_EXPORTER_OTLP_CERTIFICATE', placeholder: 'file' },
    ),
    clientCertificate: setting(
      optional(absolutePath()),
      'Certificate that an https collector is shown, PEM; with clientKey.',
      { scopes: PROGRAMS, env: 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE', placeholder: 'file' },
    ),
    clientKey: setting(optional(absolutePath()), 'Private key of clientCertificate, PEM.', {
      scopes: PROGRAMS,
      env: 'OTEL_EXPORTER_OTLP_CLIENT_KEY',
      placeholder: 'file',
    }),
    compression: setting(
      choice(['none', 'gzip'], { default: 'none' }),
      'Compression of what is sent to the collector.',
      { scopes: PROGRAMS, env: 'OTEL_EXPORTER_OTLP_COMPRESSION' },
    ),
    timeoutMs: setting(
      integer({ minimum: 1, maximum: 600_000, default: 10_000 }),
      'Milliseconds that one sending may take, its repetitions included.',
      { scopes: PROGRAMS, env: 'OTEL_EXPORTER_OTLP_TIMEOUT' },
    ),
  }),
  prometheus: object({
    host: setting(
      string({
        pattern: '^([0-9A-Fa-f:.]{2,45}|[A-Za-z0-9._-]{1,253})$',
        problem: 'must be a host name or address',
        default: '127.0.0.1',
      }),
      'Address of the HTTP listener that the exporter prometheus opens.',
      { scopes: PROGRAMS, env: 'OTEL_EXPORTER_PROMETHEUS_HOST', placeholder: 'host' },
    ),
    port: setting(
      integer({ minimum: 0, maximum: 65_535, default: 9464 }),
      'Port of that listener; 0 takes a free one.',
      { scopes: PROGRAMS, env: 'OTEL_EXPORTER_PROMETHEUS_PORT' },
    ),
  }),
});
