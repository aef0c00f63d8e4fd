import { SDK_INFO } from '@opentelemetry/core';
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';

/** What every span, metric and log record says of where it came from. */
export interface ResourceFacts {
  /** The `service` of the program's log lines. */
  readonly service: string;
  readonly version: string;
  /** Different for every start. */
  readonly instanceId: string;
  readonly host: string;
  readonly processId: number;
  readonly node: string;
}

/** The resource: these facts, and what the operator gave over them. */
export function resourceOf(facts: ResourceFacts, given: ReadonlyMap<string, string>): Resource {
  return resourceFromAttributes({
    ...SDK_INFO,
    'service.namespace': 'crypto-broker',
    'service.name': facts.service,
    'service.version': facts.version,
    'service.instance.id': facts.instanceId,
    'host.name': facts.host,
    'process.pid': facts.processId,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': facts.node,
    ...Object.fromEntries(given),
  });
}
