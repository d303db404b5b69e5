// `candor serve` speaks the wire of docs/protocol.md.

import { mountServe, mountServeBefore } from './serve.mjs';
import { conforms } from './suite.mjs';

conforms('candor serve', mountServe, { concurrency: 24 });
conforms('candor serve before OpenAI’s API', mountServeBefore, { concurrency: 24 });
