import type { ResolveInput } from './given-values.ts';
import { describeValue } from './printable.ts';

/** The first descriptor that a service manager hands over: SD_LISTEN_FDS_START of sd_listen_fds(3). */
const FIRST_DESCRIPTOR = 3;
/** As many as the setting `sockets` may have. */
const MOST = 16;

/**
 * The sockets that a service manager opened for this process, by the rules of sd_listen_fds(3): LISTEN_FDS says how many,
 * LISTEN_PID for whom. Variables that are meant for another process, such as a parent of this one, are not looked at.
 */
export function inheritedSockets({
  scope,
  env,
  host,
}: Pick<ResolveInput, 'scope' | 'env' | 'host'>): {
  readonly descriptors: readonly number[];
  readonly problems: readonly string[];
} {
  const { LISTEN_FDS: count = '', LISTEN_PID: pid } = env;
  if (scope !== 'server' || pid !== String(host.processId))
    return { descriptors: [], problems: [] };
  const number = /^\d{1,4}$/.test(count) ? Number(count) : -1;
  if (number < 0 || number > MOST) {
    return {
      descriptors: [],
      problems: [`LISTEN_FDS: must be a number from 0 to ${MOST}, not ${describeValue(count)}`],
    };
  }
  const descriptors = Array.from({ length: number }, (_, index) => FIRST_DESCRIPTOR + index);
  return { descriptors, problems: [] };
}
