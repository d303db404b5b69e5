/* Keyboards on the screen. */

import { NEAR_END_PX, PHONE } from './elements.js';

/** From this scale on somebody has zoomed in with their fingers, and moves what they see themselves. */
const ZOOMED = 1.01;

/** So much of what is seen a scrollbar may take, in pixels; a keyboard on the screen takes more. */
const SCROLLBAR_PX = 24;

/** How far the panel is from the window's edges where it does not cover it, as the stylesheets have it. */
const GAP_PX = 20;

/** Below this height, in pixels, no room is left for such gaps. */
const LOW_PX = 480;

/** A keyboard on the screen has no Shift to hold while Enter is pressed: there it makes a line, and the button sends. */
export const letEnterMakeLines = (panel, signal) => {
  const finger = matchMedia('(pointer: coarse)');
  const onKey = (event) => {
    if (event.key == 'Enter' && event.target.localName == 'textarea' && finger.matches) event.stopPropagation();
  };
  panel.getRootNode().addEventListener('keydown', onKey, { capture: true, signal });
};

/** A keyboard on the screen covers no panel: what it leaves of the window is the panel's, and the log's end stays in sight. */
export const avoidKeyboard = (panel, signal) => {
  const { visualViewport: seen } = self;
  const { host } = panel.getRootNode();
  if (!seen || host?.dataset.mode == 'embedded') return;

  const fit = () => {
    const log = panel.querySelector('.log');
    const isAtEnd = log && log.scrollHeight - log.clientHeight - log.scrollTop < NEAR_END_PX;
    const isCut = seen.height < innerHeight - SCROLLBAR_PX && seen.scale < ZOOMED;
    const gap = PHONE.matches || seen.height < LOW_PX ? 0 : GAP_PX;
    const place = {
      top: 'auto',
      bottom: `${innerHeight - seen.offsetTop - seen.height + gap}px`,
      height: gap && panel.dataset.large === undefined ? `min(var(--candor-height, 680px), ${seen.height - 2 * gap}px)` : `${seen.height - 2 * gap}px`,
      marginBottom: 0,
      paddingBottom: 0,
    };
    for (const name in place) panel.style[name] = isCut ? place[name] : '';
    if (isAtEnd) log.scrollTop = log.scrollHeight;
    // In so low a window all of the panel scrolls.
    if (isCut && panel.getRootNode().activeElement?.localName == 'textarea') panel.scrollTop = panel.scrollHeight;
  };
  for (const name of ['resize', 'scroll']) seen.addEventListener(name, fit, { signal });
  fit();
};
