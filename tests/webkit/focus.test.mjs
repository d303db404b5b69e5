// In Safari's engine too, whoever uses the keyboard stays in the chat: what is chosen may go, and the focus does not go with it.

import { after, before, describe, test } from 'node:test';
import { Key } from 'selenium-webdriver';
import { page, startProxy, startSite } from '../browser/product.mjs';
import { head, startWebKit } from './driver.mjs';

const SUGGESTION = 'Do you fit child seats on a Brompton?';

describe('In WebKitGTK the focus is in the panel', () => {
  let proxy, site, webkit;
  before(async () => {
    proxy = await startProxy({ CANDOR_SUGGESTIONS: SUGGESTION });
    site = await startSite({ '/': page(head(proxy)) });
    webkit = await startWebKit();
  });
  after(async () => {
    await webkit?.stop();
    await site?.stop();
    await proxy?.stop();
  });

  /** A visitor who has opened the chat. */
  async function opened() {
    const visitor = await webkit.visit(site.origin);
    await visitor.open();
    return visitor;
  }

  /** Chooses something by the keyboard: Safari gives a button that is clicked no focus, and so none is lost. */
  async function choose(visitor, selector, name) {
    const element = await visitor.find(selector, name);
    await visitor.evaluate((_, element) => {
      window.chosen = element;
      element.focus();
    }, element);
    await visitor.press(Key.ENTER);
  }

  /** Waits until what was chosen has gone, and then until the focus is on something in the panel. */
  async function assertFocused(visitor) {
    await visitor.until(() => !window.chosen.isConnected || !window.chosen.checkVisibility());
    await visitor.until((root) => root.activeElement?.checkVisibility() && root.querySelector('[role=dialog]').contains(root.activeElement));
  }

  test('after a suggestion', async () => {
    const visitor = await opened();
    await choose(visitor, 'button', SUGGESTION);
    await visitor.answers('Fitting takes 20 minutes and costs £15.');
    await assertFocused(visitor);
  });

  test('after Retry beside an answer that was stopped', async () => {
    const visitor = await opened();
    await visitor.say('Tell me a long story');
    await visitor.until((root) => root.querySelector('.markdown')?.textContent.length > 10);
    await visitor.click('button', 'Stop');
    await choose(visitor, 'button', 'Retry');
    await assertFocused(visitor);
  });

  test('after Retry on a failure', async () => {
    const visitor = await opened();
    await visitor.ask('fail: rate limit');
    await choose(visitor, '[role=alert] button', 'Retry');
    await assertFocused(visitor);
  });

  test('after New conversation', async () => {
    const visitor = await opened();
    await visitor.ask('hello');
    await choose(visitor, 'button', 'New conversation');
    await visitor.find('button', SUGGESTION);
    await assertFocused(visitor);
  });

  test('after a conversation of History was opened', async () => {
    const visitor = await opened();
    await visitor.ask('hello');
    await visitor.click('[role=tab]', 'History');
    await choose(visitor, 'button', 'Open hello');
    await visitor.answers('Hello, and welcome.');
    await assertFocused(visitor);
  });
});
