/* The place of a challenge. */

import { besidePage } from './elements.js';
import { say } from './words.js';

/** Shows new visitors what they solve, where the widget has made a place for it; the script for it, which lies beside `page.js`, is fetched then. */
export const showChallenges = (panel, pageUrl) => {
  let shown;
  /** What takes it away again. */
  let takeAway;
  let failures = 0;

  const begin = async (place) => {
    // A browser may remember that a script could not be had, by its address.
    const address = besidePage(pageUrl, `challenge.js${failures ? `?${failures}` : ''}`);
    try {
      const { show } = await import(address);
      const end = await show(place, panel.lang, (word) => say(panel, word));
      if (shown == place) takeAway = end;
      else end();
    } catch (error) {
      failures++;
      console.error(`Candor: what is to be solved can’t be shown: ${error.message}.`);
      const words = document.createElement('p');
      const again = document.createElement('button');
      words.textContent = say(panel, 'solve_unloaded');
      again.className = 'button';
      again.textContent = say(panel, 'again');
      again.onclick = () => {
        place.replaceChildren();
        begin(place);
      };
      place.replaceChildren(words, again);
    }
  };

  const update = () => {
    const place = panel.querySelector('.challenge');
    if (place == shown) return;
    takeAway?.();
    takeAway = undefined;
    shown = place;
    if (place) begin(place);
  };
  const observer = new MutationObserver(update);
  observer.observe(panel, { subtree: true, childList: true });
  update();
  return {
    end: () => {
      observer.disconnect();
      takeAway?.();
    },
  };
};
