// A part of the widget as tests meet it: asked for, counted, and kept from coming.

import { visit } from './product.mjs';

/** What is said in a part's place where it does not come. */
export const UNAVAILABLE = 'This part of the chat can’t be loaded.';

/** The file of this part, as a route finds it. */
export const file = (part) => new RegExp(`/candor-[0-9a-f]+-${part}\\.wasm$`);

/** Lets this tab have the loader of another release, as a cache keeps it: it knows the files by other names. */
export async function keepFormerLoader(tab) {
  await tab.route(/\/candor\.js(\?|$)/, async (route) => {
    const loader = await (await route.fetch()).text();
    await route.fulfill({ contentType: 'text/javascript', body: loader.replaceAll(/candor-[0-9a-f]{16}/g, 'candor-0123456789abcdef') });
  });
}

/** How often a part has been asked for from now on, by its name. */
export function fetches(tab) {
  const counts = {};
  tab.on('request', (request) => {
    const part = new URL(request.url()).pathname.match(/\/candor-[0-9a-f]+-([a-z]+)\.wasm$/)?.[1];
    if (part) counts[part] = (counts[part] ?? 0) + 1;
  });
  return counts;
}

/** The errors that nobody caught. Firefox reports its own line on a failed request of another origin among them. */
export const uncaught = (said) => said.filter((line) => line.startsWith('uncaught') && !line.includes('Same Origin Policy'));

/** A visitor of this page with the chat open, and how often each part has been asked for from the start. */
export async function opened(browser, url) {
  const visitor = await visit(browser);
  const counts = fetches(visitor.tab);
  await visitor.tab.goto(url);
  await visitor.chat.open();
  return { ...visitor, counts };
}

/** A visitor in whose tab the file of a part is answered so, what takes that away, and the button that fetches it then. */
export async function withPart(browser, url, part, answer) {
  const visitor = await visit(browser);
  const counts = fetches(visitor.tab);
  await visitor.tab.route(file(part), answer);
  await visitor.tab.goto(url);
  await visitor.chat.open();
  const restore = () => visitor.tab.unroute(file(part));
  const again = visitor.tab.getByRole('button', { name: 'Try again' });
  return { ...visitor, counts, restore, again };
}
