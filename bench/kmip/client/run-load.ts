// A process of its own for one measurement.

import { serveParent } from '../../harness/child-main.ts';
import { runLoad } from './load.ts';

serveParent(runLoad);
