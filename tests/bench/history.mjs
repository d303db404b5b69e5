// A conversation of 10,000 messages: how soon it is shown, and how smoothly it scrolls. Candor alone.

import { newTab, open } from './chromium.mjs';
import { LAST_WORDS } from './words.mjs';

/** The visitor whom the database was made for (crates/proxy/benches/history.rs). */
const TOKEN = `ct_${'0'.repeat(64)}`;

/** How long, and how far with each frame, the conversation is scrolled. */
const SCROLL_MS = 5_000;
const SCROLL_PX = 60;

/** In the page: milliseconds from the click on the conversation until the frame that shows its last message. */
const openFirst = (words) =>
  new Promise((resolve) => {
    const root = document.querySelector('candor-chat').shadowRoot;
    const begun = performance.now();
    const look = () => {
      const log = root.querySelector('[role=log]');
      // A frame that was made with it has been painted once the next one begins.
      if (log?.getClientRects().length > 0 && log.textContent.includes(words)) requestAnimationFrame(() => resolve(performance.now() - begun));
      else requestAnimationFrame(look);
    };
    root.querySelector('.conversations button').click();
    requestAnimationFrame(look);
  });

/** In the page: scrolls up from the end, and gives the milliseconds of each frame. */
const scroll = ([ms, pixels]) =>
  new Promise((resolve) => {
    const log = document.querySelector('candor-chat').shadowRoot.querySelector('[role=log]');
    const frames = [];
    const begun = performance.now();
    let last;
    const step = (now) => {
      if (last !== undefined) frames.push(now - last);
      last = now;
      log.scrollTop -= pixels;
      if (now - begun < ms) requestAnimationFrame(step);
      else resolve(frames);
    };
    requestAnimationFrame(step);
  });

/** Opens the long conversation of a proxy from its History, on a page that embeds the chat, and scrolls through it. */
export async function longConversation(competitor, page, screenshot) {
  const browser = await open();
  try {
    await browser.context.addInitScript(([key, token]) => localStorage.setItem(key, token), [`candor:token:${competitor.origin}/candor/v1`, TOKEN]);
    const { tab } = await newTab(browser);
    await tab.goto(page);
    await tab.locator(competitor.launcher).click();
    await tab.locator(competitor.input).waitFor();
    await tab.getByRole('tab', { name: 'History', exact: true }).click();
    await tab.locator('candor-chat .conversations button').first().waitFor();
    const opened = await tab.evaluate(openFirst, LAST_WORDS);
    const frames = await tab.evaluate(scroll, [SCROLL_MS, SCROLL_PX]);
    if (screenshot) await tab.screenshot({ path: screenshot });
    const scrolled = frames.reduce((sum, ms) => sum + ms, 0);
    return { opened, framesPerSecond: (frames.length * 1000) / scrolled, longestFrame: Math.max(...frames) };
  } finally {
    await browser.close();
  }
}
