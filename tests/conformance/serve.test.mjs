// `candor serve` speaks the wire of docs/protocol.md.

import { mountServe } from './serve.mjs';
import { conforms } from './suite.mjs';

conforms('candor serve', mountServe, { concurrency: 8 });
