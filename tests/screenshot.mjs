// Takes the README's picture: the three tabs after an answer and a failure, from the demo provider.

import { writeFile } from 'node:fs/promises';
import { launchChromium, startProxy, visit } from './browser/product.mjs';

const PICTURE = new URL('../docs/screenshot.png', import.meta.url);
const EARLIER = ['When is the next free service?', 'Can I return a helmet?', 'How do I get a refund?'];

const proxy = await startProxy({ CANDOR_SUBTITLE: '' });
const browser = await launchChromium();
try {
  const { tab, chat } = await visit(browser, proxy.origin, { deviceScaleFactor: 2, viewport: { width: 1280, height: 800 } });
  await chat.open();
  for (const question of EARLIER) {
    await chat.ask(question);
    await chat.send.waitFor();
    await tab.getByRole('button', { name: 'New conversation' }).click();
  }
  await chat.ask('Do you fit child seats on a Brompton?');
  await chat.send.waitFor();
  await chat.ask('fail: missing scopes');
  await chat.explain.waitFor();
  await chat.log.evaluate((log) => log.scrollTo(0, log.scrollHeight));
  const tabs = [];
  const show = async (name) => {
    const button = tab.getByRole('tab', { name });
    await button.click();
    await tab.mouse.move(0, 0);
    await button.evaluate((tab) => Promise.all(tab.getRootNode().getAnimations().map((animation) => animation.finished)));
    tabs.push((await chat.panel.screenshot()).toString('base64'));
  };
  await show('Chat');
  await show('History');
  await tab.getByRole('tab', { name: 'Chat' }).click();
  await chat.explain.click();
  await show('Diagnostics');

  const frame = await visit(browser, undefined, { deviceScaleFactor: 1.5, viewport: { width: 1320, height: 780 } });
  await frame.tab.setContent(`<!doctype html><style>
    body { display: flex; gap: 30px; justify-content: center; align-items: center; height: 100vh; margin: 0; background: #e7eeec }
    img { width: 400px; border-radius: 20px; box-shadow: 0 12px 40px rgb(20 60 55 / 16%) }
  </style>${tabs.map((image) => `<img src="data:image/png;base64,${image}">`).join('')}`);
  await writeFile(PICTURE, await frame.tab.screenshot());
} finally {
  await browser.close();
  await proxy.stop();
}
