/* What the chat does beyond its messages, a file of `page/` each: what the launcher says while it is closed, what a phone's page does
   behind it, where the focus goes, what is announced, what one does with an answer, speech, keys and the panel's size. Fetched once the
   chat has started; without it the chat can still be used. */

import { makeAnnouncer } from './page/announcer.js';
import { showChallenges } from './page/challenge.js';
import { copyOnDemand } from './page/copy.js';
import { coverPage } from './page/cover.js';
import { tellOfCrash } from './page/crash.js';
import { dictateOnDemand } from './page/dictation.js';
import { keepFocus } from './page/focus.js';
import { colourCode } from './page/highlight.js';
import { avoidKeyboard, letEnterMakeLines } from './page/keyboard.js';
import { tellLauncher } from './page/launcher.js';
import { setFormulas } from './page/math.js';
import { printOnDemand } from './page/print.js';
import { quoteOnDemand } from './page/quote.js';
import { stayAtEnd } from './page/scroll.js';
import { listenToKeys } from './page/shortcuts.js';
import { letResize } from './page/size.js';
import { playOnDemand } from './page/sound.js';
import { readAloudOnDemand } from './page/speech.js';

export { explain } from './page/webassembly.js';

// The first time of day that a browser writes out takes it 20 ms: while nobody waits, and not with a message.
self.requestIdleCallback?.(() => new Date().toLocaleTimeString());

/** Attends to a panel until the function is called that this gives. */
export const attend = (panel) => {
  const life = new AbortController();
  const { signal } = life;
  // Where nothing else is said it is English, whatever the page around it is.
  panel.lang ||= 'en';
  panel.dir ||= 'ltr';
  tellOfCrash(panel, import.meta.url, signal);
  const page = coverPage(panel, signal);
  const launcher = tellLauncher(panel);
  const announcer = makeAnnouncer(panel);
  // Neither hears or speaks into the other.
  const reading = readAloudOnDemand(panel, () => endDictation(), signal);
  const endDictation = dictateOnDemand(panel, announcer.say, reading.stop, signal);
  const hideKeys = listenToKeys(panel, signal);

  const onShown = () => {
    if (panel.hidden) {
      reading.stop();
      endDictation();
      hideKeys();
    } else launcher.clear();
    page.update();
  };
  const observer = new MutationObserver(onShown);
  observer.observe(panel, { attributeFilter: ['hidden'] });
  onShown();

  // The widget says so when an answer or a failure has come.
  panel.addEventListener('candor-reply', () => (panel.hidden ? announcer.say(launcher.count()) : announcer.sayAnswer()), { signal });
  letEnterMakeLines(panel, signal);
  avoidKeyboard(panel, signal);
  const following = stayAtEnd(panel, signal);
  copyOnDemand(panel, announcer.say, signal);
  colourCode(panel, import.meta.url, signal);
  setFormulas(panel, import.meta.url, following.follow, signal);
  printOnDemand(panel, signal);
  quoteOnDemand(panel, signal);
  letResize(panel, following.follow, signal);
  playOnDemand(panel, signal);
  const challenges = showChallenges(panel, import.meta.url);
  const focus = keepFocus(panel, signal);
  return () => {
    observer.disconnect();
    focus.disconnect();
    reading.disconnect();
    following.disconnect();
    challenges.end();
    life.abort();
    page.uncover();
    announcer.remove();
  };
};
