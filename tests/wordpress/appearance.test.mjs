// How the chat looks: tried out in wp-admin on the chat in the corner, and on visitors' pages once it is saved.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchChromium, visit } from '../browser/product.mjs';
import { eventually } from '../conformance/wire.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { save, signIn, tabOf } from './site.mjs';

/** What can be seen of an open chat: its ground, the colour of its button, and its corner. */
const look = (chat) => chat.panel.evaluate((panel) => {
  const { left, right } = panel.getBoundingClientRect();
  const send = panel.querySelector('[aria-label="Send"]');
  return {
    ground: getComputedStyle(panel).backgroundColor,
    accent: getComputedStyle(send).backgroundColor,
    corner: left < document.documentElement.clientWidth - right ? 'left' : 'right',
  };
});

describe('The Appearance tab', () => {
  let provider, browser;
  before(async () => {
    [provider, browser] = await Promise.all([startProvider(), launchChromium()]);
  });
  after(() => Promise.all([browser?.close(), provider?.stop()]));

  test('shows what is chosen on its own chat at once, and on pages once it is saved', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const onPage = async () => {
      const { chat, close } = await visit(browser, site.address);
      await chat.open();
      const seen = await look(chat);
      await close();
      return seen;
    };
    const { tab, chat, close } = await visit(browser);
    await signIn(tab, site);
    await tab.goto(tabOf(site, 'appearance'));
    await chat.open();
    const shows = (expected) => eventually(() => look(chat), (seen) => Object.entries(expected).every(([name, value]) => seen[name] === value));
    const plain = await look(chat);
    assert.deepEqual(await onPage(), plain);

    await tab.getByLabel('Colours').selectOption('dark');
    const ground = (await eventually(() => look(chat), (seen) => seen.ground !== plain.ground)).ground;
    await tab.getByLabel('Corner').selectOption('left');
    await shows({ corner: 'left', ground });
    await tab.getByRole('button', { name: 'Select Color' }).click();
    await tab.getByLabel('Accent colour').fill('#8a2be2');
    const chosen = { ground, corner: 'left', accent: 'rgb(138, 43, 226)' };
    await shows(chosen);
    assert.deepEqual(await onPage(), plain, 'nothing of it is saved');

    // In that corner it lies over the settings.
    await tab.getByRole('button', { name: 'Close chat' }).click();
    await save(tab);
    assert.deepEqual(await onPage(), chosen);
    await tab.getByLabel('Colours').selectOption('light');
    await tab.getByLabel('Corner').selectOption('right');
    await tab.getByRole('button', { name: 'Select Color' }).click();
    await tab.getByRole('button', { name: 'Clear' }).click();
    await chat.open();
    await shows(plain);
    await save(tab);
    assert.deepEqual(await onPage(), plain);
    await close();
  });

  test('lets a tone tell of answers on visitors’ pages, once the owner has switched it on', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const hasTone = async () => {
      const [element] = /<candor-chat[^>]*>/.exec(await (await fetch(site.address)).text());
      return element.includes(' data-sound="on"');
    };
    assert.equal(await hasTone(), false);
    const { tab, close } = await visit(browser);
    await signIn(tab, site);
    await tab.goto(tabOf(site, 'appearance'));
    await tab.getByRole('checkbox', { name: 'A soft tone tells of an answer that comes while the chat is closed' }).check();
    await save(tab);
    assert.equal(await hasTone(), true);
    await close();
  });
});
