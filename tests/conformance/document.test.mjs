// docs/protocol.md lists every case, in the suite's own words and order; docs/openapi.json is what the proxy says of itself.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startProxy } from '../browser/product.mjs';
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

test('docs/openapi.json, which the plugin serves too, is what `candor serve` says', async () => {
  const document = JSON.parse(await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8'));
  const proxy = await startProxy();
  try {
    const served = await (await fetch(`${proxy.origin}/candor/v1/openapi.json`)).json();
    assert.deepEqual(document, served, 'run `candor serve`, then `curl http://127.0.0.1:8787/candor/v1/openapi.json | jq > docs/openapi.json`');
  } finally {
    await proxy.stop();
  }
});
