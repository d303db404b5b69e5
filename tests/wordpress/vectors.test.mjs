// Whatever visitors, a model or a provider bring into the plugin stays text, in the chat of its pages and on the owner's own pages.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { END, ERRORS, FORBIDDEN, PLACES, assertHarmless, startProvider, watched } from '../browser/harmless.mjs';
import { assertQuiet, launchChromium } from '../browser/product.mjs';
import { VECTORS, groups } from '../browser/vectors.mjs';
import { lifted } from '../conformance/lifted.mjs';
import { Client } from '../conformance/wire.mjs';
import { openShop } from './shop.mjs';
import { signIn, tabOf } from './site.mjs';

/** Where WordPress and the plugin have their own files; what a vector names lies elsewhere. */
const OWN = /^\/($|\?|ask-us\/|wp-login\.php|wp-admin\/((admin|admin-ajax|index|load-(styles|scripts)|profile)\.php|$|css\/|js\/|images\/)|wp-includes\/|wp-content\/|wp-json\/(candor\/v1\/|wp\/v2\/users\/me$)|favicon\.ico$)/;

describe('Vectors of cross-site scripting in WordPress', () => {
  let provider, site, browser;
  const isKnown = (address) => {
    const { origin, pathname, protocol } = new URL(address);
    // WordPress's stylesheets have their pictures within.
    return protocol === 'data:' ? address.startsWith('data:image/') || address === 'data:,' : origin === site.host && OWN.test(pathname);
  };
  before(async () => {
    [provider, browser] = await Promise.all([startProvider(), launchChromium()]);
    site = await openShop(provider, { options: { ...(await lifted()), max_streams: 0, max_workers: 0, message_chars: 50_000 } });
    // A picture of the owner would come from elsewhere.
    await site.setOption('show_avatars', '0');
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await provider?.stop();
  });

  test('run nowhere in the chat of a page, whatever brings them', async () => {
    const visitor = await watched(browser, isKnown);
    const { tab, chat, said, close } = visitor;
    await tab.goto(site.address);
    await chat.open();
    for (const place of Object.keys(PLACES)) {
      await chat.ask(`place: ${place}`);
      await chat.answers(END.slice(0, 4));
      await assertHarmless(visitor);
      await tab.getByRole('button', { name: 'New conversation' }).click();
    }
    for (const [number, task] of ['refuse', 'block'].entries()) {
      await chat.ask(`${task}: ${number}`);
      await chat.explain.last().waitFor();
      await assertHarmless(visitor);
    }
    assertQuiet(said);
    await close();
  });

  test('stand as text on the pages that the owner reads', async () => {
    const visitor = await new Client(site.wire).visitor();
    const conversation = await visitor.conversation({ title: 'All of them' });
    const ask = async (where, content) => {
      const { events, last } = await (await visitor.say(where, content)).end();
      return { question: events[0].data.message.id, reply: last.data.reply?.id };
    };
    await ask(conversation, VECTORS.join('\n'));
    for (const comment of groups(1000)) {
      const { reply } = await ask(conversation, 'hello');
      (await visitor.put(`${conversation}/messages/${reply}/feedback`, { rating: 'down', comment: comment.join('\n').slice(0, 1000) })).expect(204);
    }
    const titles = VECTORS.filter((vector) => [...vector].length <= 120 && !/\p{Cc}|[\u2028\u2029]/u.test(vector));
    assert.ok(titles.length > 200, `${titles.length} titles`);
    for (const title of titles) await visitor.conversation({ title });
    for (const task of ['refuse', 'block']) {
      const failing = await visitor.conversation();
      for (const number of ERRORS.keys()) {
        const { status } = await visitor.post(`${failing}/messages`, { content: `${task}: ${number}` }, { accept: 'application/json' });
        assert.ok(status >= 400, `${task} ${number}: ${status}`);
      }
    }

    const owner = await watched(browser, isKnown);
    const { tab, ran, asked, close } = owner;
    await signIn(tab, site);
    const look = async (address) => {
      await tab.goto(address);
      await tab.locator('.wrap.candor').waitFor();
      await tab.waitForLoadState('networkidle');
      const made = await tab.evaluate((forbidden) => {
        const elements = [...document.querySelectorAll('.wrap.candor *')];
        const strange = elements.filter((element) => element.matches(forbidden) || element.getAttributeNames().some((name) => /^on/i.test(name)));
        const links = elements.filter((element) => element.hasAttribute('href') && !/^(https?:\/\/|\?|#)/.test(element.getAttribute('href')));
        return [...strange, ...links].map((element) => element.outerHTML.slice(0, 200));
      }, FORBIDDEN.join());
      assert.deepEqual({ made, ran, asked }, { made: [], ran: [], asked: [] }, address);
      return (await tab.locator('.wrap.candor').textContent()).replace(/\s+/g, ' ');
    };
    const has = (words, vector) => words.includes(vector.replace(/\s+/g, ' '));

    const list = tabOf(site, 'conversations');
    let listed = '';
    for (let number = 1; number * 50 <= titles.length + 50; number += 1) listed += await look(`${list}&paged=${number}`);
    assert.deepEqual(titles.filter((title) => !has(listed, title)), []);
    const read = await look(`${list}&conversation=${conversation.split('/').at(-1)}`);
    assert.deepEqual(VECTORS.filter((vector) => !has(read, vector)), [], 'the messages are shown word for word');
    for (const vector of VECTORS.filter((_, number) => number % 40 === 0)) await look(`${list}&s=${encodeURIComponent(vector)}`);
    await look(tabOf(site, 'diagnostics'));
    await tab.getByRole('list', { name: 'Errors of all visitors' }).getByRole('listitem').first().waitFor();
    await assertHarmless(owner);
    await look(tabOf(site, 'audit'));

    // What the owner has set is no exception.
    const options = { contact: VECTORS.join(' '), consent: true, consent_text: VECTORS.join(' '), base_url: VECTORS[0], model: VECTORS.join(' ') };
    await site.must(`return update_option( 'candor', json_decode( base64_decode( '${Buffer.from(JSON.stringify(options)).toString('base64')}' ), true ) + get_option( 'candor' ) );`);
    for (const name of ['connection', 'assistant', 'limits', 'appearance', 'where', 'privacy']) await look(tabOf(site, name));
    assert.deepEqual(site.complaints(), []);
    await close();
  });
});
