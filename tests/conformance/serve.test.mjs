// `candor serve` speaks the wire of docs/protocol.md.

import { describe } from 'node:test';
import { mountServe, mountServeBefore } from './serve.mjs';
import { conforms } from './suite.mjs';

describe('candor serve', { concurrency: 2 }, () => {
  conforms('With its built-in provider it', mountServe, { concurrency: 24 });
  conforms('Before OpenAI’s API it', mountServeBefore, { concurrency: 24 });
});
