/* The focus. */

import { INPUT } from './elements.js';

/** Where the next step is, in the chat: the input, or the question of consent in its place. */
const NEXT_STEP = `${INPUT}, .consent button`;

/** What takes the focus. */
const FOCUSABLE = ':is(button, input, select):enabled, a[href], summary, [tabindex]';

/** The focus stays in the panel. What had it may go away by what was done with it, as "Retry" does; a browser lets the focus
    fall to the page then, where Escape closes nothing and Tab begins anew. It goes to the next step instead. */
export const keepFocus = (panel, signal) => {
  const root = panel.getRootNode();
  const canHaveIt = (element) => element.isConnected && !element.disabled;
  let focused;
  /** What it stood in, innermost first. */
  let around;

  const onFocus = ({ target }) => {
    focused = target;
    around = [];
    for (let element = target.parentElement; element && element != panel; element = element.parentElement) around.push(element);
  };
  panel.addEventListener('focusin', onFocus, { signal });
  // Some browsers tell it of what they are about to remove too.
  const forget = () => {
    if (focused && canHaveIt(focused) && root.activeElement != focused) focused = undefined;
  };
  panel.addEventListener('focusout', () => queueMicrotask(forget), { signal });

  const bringBack = () => {
    if (!focused || canHaveIt(focused) || panel.hidden) return;
    const isElsewhere = document.activeElement != document.body && document.activeElement != root.host;
    const isWithin = root.activeElement && root.activeElement != focused;
    focused = undefined;
    if (isElsewhere || isWithin) return;
    const left = around.filter((element) => element.isConnected).map((element) => element.querySelector(FOCUSABLE));
    const next = [panel.querySelector(NEXT_STEP), ...left, panel.querySelector('[aria-selected=true]')].find((step) => step);
    next?.focus();
  };
  const observer = new MutationObserver(bringBack);
  observer.observe(panel, { subtree: true, childList: true, attributeFilter: ['disabled'] });
  return observer;
};
