// The words that no visitor is to read (`crates/protocol/jargon.txt`), looked for in what a visitor sees.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const listed = readFileSync(new URL('../../crates/protocol/jargon.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'));

const JARGON = new RegExp(`\\b(${listed.join('|')})s?\\b`, 'gi');

/** Fails where a text, named by its place, has a word of the list. */
export function assertPlain(place, text) {
  assert.ok(text.trim(), `${place}: there is something to read`);
  const around = [...text.matchAll(JARGON)].map(({ index, 0: word }) => `“${word}” in “${text.slice(Math.max(0, index - 60), index + 60)}”`);
  assert.deepEqual(around, [], place);
}

/** The words of the open panel, those for screen readers too, without what is said to the owner alone. */
export const words = (tab) =>
  tab.evaluate(() => {
    const panel = document.querySelector('candor-chat').shadowRoot.querySelector('[role=dialog], .panel').cloneNode(true);
    for (const owners of panel.querySelectorAll('details.owner')) owners.remove();
    const said = ['aria-label', 'aria-description', 'title', 'placeholder'];
    const named = [...panel.querySelectorAll('*')].flatMap((element) => said.map((name) => element.getAttribute(name) ?? ''));
    const texts = [...panel.querySelectorAll('*')].flatMap(({ childNodes }) =>
      [...childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data));
    return [...texts, ...named].filter((text) => text.trim()).join('\n');
  });
