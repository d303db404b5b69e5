/* The page behind the panel of a phone. */

import { PHONE } from './elements.js';

/** On a phone the panel covers the page, which then takes no focus and does not scroll; the way back closes the panel. */
export const coverPage = (panel, signal) => {
  const root = document.documentElement;
  const { host } = panel.getRootNode();
  const isFloating = host?.dataset.mode != 'embedded';
  const hasEntry = () => history.state?.candor;
  let undo;

  const cover = () => {
    const { overflow } = root.style;
    root.style.overflow = 'hidden';
    const others = [];
    for (let within = host; within?.parentElement; within = within.parentElement) {
      others.push(...[...within.parentElement.children].filter((other) => other != within && !other.inert));
    }
    for (const other of others) other.inert = true;
    // A page that was reloaded behind an open panel has the entry already; a page without a history has no way back either.
    try {
      if (!hasEntry()) history.pushState({ ...history.state, candor: true }, '');
    } catch {}
    undo = () => {
      for (const other of others) other.inert = false;
      root.style.overflow = overflow;
      undo = undefined;
      if (!hasEntry()) return;
      // Closed in another way than by going back. The page does not learn of it, as it has not of the entry.
      addEventListener('popstate', (event) => event.stopImmediatePropagation(), { capture: true, once: true });
      history.back();
    };
  };

  const update = () => {
    const covers = PHONE.matches && !panel.hidden && isFloating;
    if (covers && !undo) cover();
    if (!covers) undo?.();
  };

  const onBack = (event) => {
    if (!undo || hasEntry()) return;
    event.stopImmediatePropagation();
    panel.dispatchEvent(new CustomEvent('candor-close', { bubbles: true }));
  };
  addEventListener('popstate', onBack, { capture: true, signal });
  PHONE.addEventListener?.('change', update, { signal });
  return { update, uncover: () => undo?.() };
};
