// Every cause of the catalogue, rehearsed from Diagnostics and told in the chat as the catalogue has it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, launchChromium, startProxy, visit } from './product.mjs';

const catalogue = await readFile(new URL('../../docs/causes.md', import.meta.url), 'utf8');
const CAUSES = [...catalogue.matchAll(/^### .* \(`(\w+)`\)[^]*?A visitor reads: “(.*?[.])/gm)];
const VISITORS = 3;

describe('The simulator', { concurrency: VISITORS }, () => {
  let proxy, browser;
  before(async () => {
    assert.ok(CAUSES.length >= 45, `${CAUSES.length} causes`);
    proxy = await startProxy();
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await proxy?.stop();
  });

  for (let part = 0; part < VISITORS; part += 1) {
    test(`plays every cause in the real widget (${part + 1} of ${VISITORS})`, async () => {
      const { tab, chat, said, close } = await visit(browser, proxy.origin);
      await chat.open();
      for (const [, id, title] of CAUSES.filter((_, at) => at % VISITORS === part)) {
        await chat.show('Diagnostics');
        await tab.getByRole('combobox', { name: 'Cause' }).selectOption(id);
        await tab.getByRole('button', { name: 'Preview an error as visitors see it' }).click();
        await chat.log.getByText(`fail: ${id}`, { exact: true }).waitFor();
        await chat.explain.waitFor();
        assert.ok((await chat.replies.last().textContent()).includes(title), `${id}: ${title}`);
      }
      assertQuiet(said);
      await close();
    });
  }
});
