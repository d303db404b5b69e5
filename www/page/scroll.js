/* The end of the log. */

import { NEAR_END_PX } from './elements.js';
import { say } from './words.js';

/** Whoever reads along still does once the log is lower: in a window that was made smaller, or behind a draft of many lines. What makes
    an answer higher that the widget does not know of calls `follow`.
    Whoever has scrolled up to read is left there, and told what comes meanwhile.
    No ResizeObserver tells of it: WebKit sizes the log twice in a frame now and then, and reports a loop to the page's own
    error handlers. */
export const stayAtEnd = (panel, signal) => {
  let log;
  let isAtEnd = true;
  let top;
  const jump = makeJump(panel, signal, () => {
    log.scrollTop = log.scrollHeight;
    // The button goes; a finger wants no keyboard to come for that.
    log.focus({ preventScroll: true });
  });
  const isNearEnd = () => log.scrollHeight - log.clientHeight - log.scrollTop < NEAR_END_PX;
  const note = () => {
    // A closed panel has no height, and its log no place.
    if (!log.clientHeight) return;
    isAtEnd = isNearEnd();
    top = log.scrollTop;
    jump.show(log, !isAtEnd);
  };
  panel.addEventListener('candor-reply', () => jump.count(), { signal });
  // Another tab takes the log away, or makes its own of the same element. The chat brings a log back that is anywhere, unless the
  // widget wants its end seen.
  const watch = () => {
    const shown = panel.querySelector('.log');
    if (shown == log) return;
    log = shown;
    if (!log) return;
    if (!isAtEnd && !isNearEnd()) log.scrollTop = top;
    note();
  };
  const onScroll = ({ target }) => {
    watch();
    if (log && target == log) note();
  };
  const follow = () => {
    if (isAtEnd && log) log.scrollTop = log.scrollHeight;
  };
  const onResize = () => requestAnimationFrame(follow);
  panel.addEventListener('scroll', onScroll, { capture: true, signal });
  panel.addEventListener('input', onResize, { signal });
  addEventListener('resize', onResize, { signal });
  self.visualViewport?.addEventListener('resize', onResize, { signal });
  // A conversation that is shorter than the one before it is at its end without being scrolled.
  const onChange = () => {
    watch();
    if (!isAtEnd && log) note();
  };
  const observer = new MutationObserver(onChange);
  observer.observe(panel, { subtree: true, childList: true });
  watch();
  return { follow, disconnect: () => observer.disconnect() };
};

/** The way back to the log's end, which says how many answers have come since it was left. Gives what shows and hides it. */
const makeJump = (panel, signal, onClick) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button latest';
  button.addEventListener('click', onClick, { signal });
  signal.addEventListener('abort', () => button.remove());
  let unread = 0;
  const tell = () => {
    button.textContent = unread ? say(panel, 'new', unread) : say(panel, 'latest');
  };
  return {
    show: (log, isAway) => {
      if (!isAway) {
        unread = 0;
        button.remove();
      } else if (log.nextSibling != button) {
        tell();
        log.after(button);
      }
    },
    count: () => {
      if (!button.isConnected) return;
      unread++;
      tell();
    },
  };
};
