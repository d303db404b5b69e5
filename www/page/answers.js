/* Answers that are whole. */

/** Calls a function with each element that a selector finds in a whole answer, once, and with those that come later, until the
    signal. What is still being written is left to the widget. */
export const forEachInAnswers = (panel, selector, signal, act) => {
  const known = new WeakSet();
  const take = (element) => {
    // What one does with an answer stands below it once it is whole.
    if (known.has(element) || !element.closest('.message')?.querySelector('.below')) return;
    known.add(element);
    act(element);
  };
  const takeWithin = (node) => node?.querySelectorAll?.(selector).forEach(take);
  const onAdded = (records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) {
        if (node.matches?.(selector)) take(node);
        takeWithin(node.className == 'below' ? node.parentElement : node);
      }
    }
  };
  const observer = new MutationObserver(onAdded);
  observer.observe(panel, { subtree: true, childList: true });
  signal.addEventListener('abort', () => observer.disconnect());
  takeWithin(panel);
};
