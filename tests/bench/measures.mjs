// What is measured of one competitor in one run.

import { countBytes, newTab, open, slow, trace } from './chromium.mjs';
import { mainThread } from './mainthread.mjs';
import { clock } from './upstream.mjs';
import { LAST_WORDS } from './words.mjs';

/** How long a page is left alone before it counts as loaded. */
const IDLE_MS = 2_000;

/** How long an answer may take to be shown after its last token was sent. */
const PATIENCE_MS = 40_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The first tokens of an answer stand for its beginning, and it begins with the click; so they are left out. */
const WINDOW = 1_000;
const SKIPPED = 250;

/** Opens the chat as a visitor does, and waits for its input. */
async function openChat(tab, { launcher, input }) {
  if (launcher) await tab.locator(launcher).click();
  await tab.locator(input).waitFor();
  await tab.locator(input).focus();
}

async function ask(tab, { input }, words) {
  await tab.locator(input).fill(words);
  await tab.locator(input).press('Enter');
}

const isShown = (tab, { chat }, words) =>
  tab.evaluate(
    ([chat, words]) => {
      const element = document.querySelector(chat);
      return (element.shadowRoot ?? element).textContent.includes(words);
    },
    [chat, words],
  );

/** Waits until an answer is shown to its end; `false` where that takes too long. A page that is busy does not answer. */
async function shown(tab, competitor) {
  let isOver = false;
  const look = async () => {
    while (!isOver) {
      if (await isShown(tab, competitor, LAST_WORDS)) return true;
      await pause(100);
    }
    return false;
  };
  // A page that is closed while it is asked is no failure.
  const whole = await Promise.race([look().catch(() => false), pause(PATIENCE_MS).then(() => false)]);
  isOver = true;
  return whole;
}

/**
 * Bytes that were sent over the network on a page that has the chat as its documentation says: before anybody touched
 * it, until the input had the focus, until the first formatted word was shown. `files` are scripts, styles and modules;
 * `wire` is what was said to the server.
 */
export async function bytes(competitor, page, screenshot) {
  const browser = await open();
  try {
    const view = await newTab(browser);
    const count = await countBytes(view, competitor.wire);
    await view.tab.goto(page);
    await pause(IDLE_MS);
    const beforeIntent = count();
    await openChat(view.tab, competitor);
    const toInput = count();
    await ask(view.tab, competitor, 'Hello');
    await view.tab.locator(competitor.formatted).filter({ hasText: 'Hello.' }).waitFor();
    const toAnswer = count();
    if (screenshot) await view.tab.screenshot({ path: screenshot });
    return { beforeIntent, toInput, toAnswer };
  } finally {
    await browser.close();
  }
}

/**
 * Milliseconds from a click to an input with the focus, on a page that fetches the chat on the click, with a slowed
 * processor and network: with an empty cache, and on the third visit, when the browser has cached the compiled code too.
 */
export async function clickToInput(competitor, page) {
  const browser = await open();
  try {
    const visit = async () => {
      const view = await newTab(browser);
      await slow(view, { network: true });
      await view.tab.goto(page);
      const launcher = competitor.onClick === competitor.embedded ? competitor.launcher : '#open';
      await view.tab.locator(launcher).waitFor();
      await pause(500);
      const ms = await view.tab.evaluate(([launcher, input]) => self.bench.clickToInput(launcher, input), [launcher, competitor.input]);
      await pause(500);
      await view.tab.close();
      return ms;
    };
    const cold = await visit();
    await visit();
    const warm = await visit();
    return { cold, warm };
  } finally {
    await browser.close();
  }
}

/**
 * What an answer of so many tokens costs the page, with a slowed processor: the main thread's work from the question
 * until the answer is shown, by kind; what a token costs at the start and at the end; and the memory that is left.
 */
export async function answer(competitor, page, upstream, tokens, screenshot) {
  const browser = await open();
  try {
    const view = await newTab(browser);
    await view.session.send('HeapProfiler.enable');
    await view.tab.goto(page);
    await openChat(view.tab, competitor);
    await pause(1_000);
    await slow(view);
    const before = upstream.last();
    const stop = await trace(view);
    await ask(view.tab, competitor, `Write ${tokens} tokens`);
    while (upstream.last() === before) await pause(20);
    const told = upstream.last();
    await told.ended;
    if (told.sent.length < tokens) throw new Error(`${competitor.name} left its answer after ${told.sent.length} tokens.`);
    const ended = Date.now();
    const isWhole = await shown(view.tab, competitor);
    const late = Date.now() - ended;
    const { scriptingBetween, ...work } = mainThread(await stop(), isWhole ? null : clock());
    const perToken = (first) => scriptingBetween(told.sent[first], told.sent[first + WINDOW - 1]) / WINDOW;
    return {
      isWhole,
      late,
      ...work,
      perToken: work.scripting / tokens,
      firstTokens: perToken(SKIPPED),
      lastTokens: perToken(tokens - WINDOW - 1),
      // A page that is still busy answers nothing.
      ...(isWhole ? await memory(view, screenshot) : { heap: null, wasm: null }),
    };
  } finally {
    await browser.close();
  }
}

/** What is in use after a collection of garbage: the heap of JavaScript with what it holds outside, and WebAssembly's. */
async function memory({ tab, session }, screenshot) {
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  if (screenshot) await tab.screenshot({ path: screenshot });
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await session.send('Runtime.getHeapUsage');
  const wasm = await tab.evaluate(() => self.bench.memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
  return { heap: usedSize + embedderHeapUsedSize + backingStorageSize, wasm };
}
