// docs/protocol.md lists every case, in the suite's own words and order.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { TOPICS } from './suite.mjs';

test('The list of cases in docs/protocol.md is the suite’s', async () => {
  const document = await readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
  const [, section] = document.split('\n## Conformance\n');
  assert.ok(section, 'the document has the section');
  const [list] = section.split('\n## ');
  const listed = list.split('\n').filter((line) => /^(\*\*|- )/.test(line));
  const cases = TOPICS.flatMap(({ title, cases: these }) => [`**${title}**`, ...Object.keys(these).map((sentence) => `- ${sentence}`)]);
  assert.deepEqual(listed, cases);
});
