// A process of its own that makes keys.

import { serveParent } from '../../harness/child-main.ts';
import { fill } from './fill.ts';

serveParent(fill);
