import { cachePlaces, type Settings } from '../config/index.ts';
import { readPackagedModule } from '../crypto/index.ts';
import { BrokerError } from '../errors/index.ts';
import {
  copyModule,
  enterNodeFips,
  sourceModule,
  type NodeFipsReport,
} from '../node-fips/index.ts';

/**
 * Puts Node's own TLS on the FIPS provider, as every program does that speaks TLS: a Node that was not started for it is
 * replaced by one that is, with the same arguments and the same process id. Undefined when FIPS is off.
 */
export function secureNodeTls(
  settings: Pick<Settings, 'fips' | 'fipsModuleDir'>,
): NodeFipsReport | undefined {
  if (settings.fips === 'off') return undefined;
  const copy = copyModule(
    sourceModule(readPackagedModule(), settings.fipsModuleDir),
    cachePlaces(),
  );
  return enterNodeFips(copy, {
    execPath: process.execPath,
    execArgv: process.execArgv,
    argv: process.argv,
    openssl: process.versions.openssl,
    replace: (file, args) => {
      process.execve?.(file, args);
      throw new BrokerError(
        'SELF_CHECK_FAILED',
        'this Node cannot replace itself by one in FIPS mode',
      );
    },
  });
}
