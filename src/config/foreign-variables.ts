import { nearestName } from './nearest-name.ts';
import type { UnusedVariable } from './loaded.ts';
import { printable } from './printable.ts';

/** Environment variables by name; an empty value counts as not set, as in the original. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of the original that mean something there and have no effect in this version. */
export const UNUSED_VARIABLES: readonly UnusedVariable[] = [
  { name: 'CRYPTO_BROKER_KMS_DIR', purpose: 'directory of the key management connections' },
  { name: 'CRYPTO_BROKER_PPROF_ADDR', purpose: 'address of the Go profiler' },
];

const PREFIX = 'CRYPTO_BROKER_';

/**
 * What Kubernetes sets in every pod beside a Service named `crypto-broker` (`enableServiceLinks`, on by default): not a
 * mistake of anybody.
 */
const SERVICE_LINK =
  /^CRYPTO_BROKER_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\d+_(TCP|UDP|SCTP).*)$/;

const MOST_WARNINGS = 20;

/** The variables of UNUSED_VARIABLES that are set. */
export function unusedVariables(env: Environment): UnusedVariable[] {
  return UNUSED_VARIABLES.filter(({ name }) => isSet(env, name));
}

/** One warning for each variable that looks like ours and is not, with the name that was probably meant. */
export function unknownVariables(env: Environment, known: readonly string[]): string[] {
  const accepted = new Set([...known, ...UNUSED_VARIABLES.map(({ name }) => name)]);
  // Compared without the prefix, which is so long that all names with it look alike.
  const endings = known.filter((name) => name.startsWith(PREFIX)).map(ending);
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && isSet(env, name))
    .filter((name) => !accepted.has(name) && !SERVICE_LINK.test(name))
    .slice(0, MOST_WARNINGS)
    .map((name) => {
      const near = nearestName(ending(name), endings);
      const hint = near === undefined ? '' : `, did you mean ${PREFIX}${near}?`;
      return `${printable(name)}: unknown environment variable${hint}`;
    });
}

function ending(name: string): string {
  return name.slice(PREFIX.length);
}

/** True when `name` has a value other than the empty text. */
export function isSet(env: Environment, name: string): boolean {
  return (env[name] ?? '') !== '';
}
