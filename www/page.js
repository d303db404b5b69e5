/* What the chat does beyond its panel: what the launcher says while it is closed, what a phone's page does behind it, where
   the focus goes, what is announced, and what new visitors solve. Fetched once the chat has started; without it the chat can still be used. */

/** As the stylesheets have it. */
const PHONE = matchMedia('(max-width: 480px)');

/** From this scale on somebody has zoomed in with their fingers, and moves what they see themselves. */
const ZOOMED = 1.01;

/** Where messages are written. A comment on an answer has a field of its own, which stands before it. */
const INPUT = '.composer textarea';

/** Where the next step is, in the chat: the input, or the question of consent in its place. */
const NEXT_STEP = `${INPUT}, .consent button`;

/** What takes the focus. */
const FOCUSABLE = ':is(button, input, select):enabled, a[href], summary, [tabindex]';

/** What a printed conversation looks like. */
const PAPER = `
body { margin: 0; font: 11pt/1.5 system-ui, sans-serif; overflow-wrap: break-word }
h2 { margin: 14pt 0 2pt; color: #555; font-size: 9pt; break-after: avoid }
h3, h4, h5 { margin: 8pt 0 2pt; font-size: 11pt; break-after: avoid }
p, ul, ol, pre, table, blockquote { margin: 4pt 0 }
.user p { white-space: pre-wrap }
pre { padding: 6pt 8pt; border: 1px solid #ccc; font-size: 9pt; white-space: pre-wrap }
table { border-collapse: collapse }
th, td { padding: 2pt 8pt 2pt 0; border-bottom: 1px solid #ccc; text-align: start }
a { color: inherit }
button, .dots { display: none }
`;

/** So much of what is seen a scrollbar may take, in pixels; a keyboard on the screen takes more. */
const SCROLLBAR_PX = 24;

/** How far the panel is from the window's edges where it does not cover it, as the stylesheets have it. */
const GAP_PX = 20;

/** Below this height, in pixels, no room is left for such gaps. */
const LOW_PX = 480;

/** How near its end, in pixels, the log is where a visitor reads along. */
const NEAR_END_PX = 48;

/** What is said here and in `challenge.js`, in English. */
const WORDS = {
  again: 'Try again',
  copied: 'Copied',
  copy: 'Copy',
  copy_refused: 'This browser does not let pages copy.',
  kept: 'Your messages are kept.',
  label: 'I’m not a robot',
  latest: 'Jump to latest',
  new: 'one:{count} new message|other:{count} new messages',
  open_with: 'Open chat, {new}',
  quote: 'Quote',
  read_aloud: 'Read aloud',
  solve_error: 'That did not work. Please try again.',
  solve_unloaded: 'What is to be solved could not be loaded.',
  solved: 'Done',
  solving: 'One moment…',
  stop_reading: 'Stop reading',
  stopped: 'The chat has stopped.',
};

/** A word in the panel’s language; of one with a number, the form that it has for it. */
const say = (panel, word, count) => {
  const { locale } = panel;
  const words = locale?.page[word] ?? WORDS[word];
  if (count === undefined) return words;
  const forms = new Map(words.split('|').map((form) => form.split(/:(.*)/s)));
  const form = forms.get(locale ? locale.plural(count) : count == 1 ? 'one' : 'other') ?? forms.get('other');
  return form.replace('{count}', locale ? locale.number(count) : count);
};

// The first time of day that a browser writes out takes it 20 ms: while nobody waits, and not with a message.
self.requestIdleCallback?.(() => new Date().toLocaleTimeString());

/** Attends to a panel until the function is called that this gives. */
export const attend = (panel) => {
  const life = new AbortController();
  const { signal } = life;
  // Where nothing else is said it is English, whatever the page around it is.
  panel.lang ||= 'en';
  panel.dir ||= 'ltr';
  tellOfCrash(panel, signal);
  const page = coverPage(panel, signal);
  const launcher = tellLauncher(panel);
  const reading = readAloudOnDemand(panel, signal);
  const announcer = makeAnnouncer(panel);

  const onShown = () => {
    if (panel.hidden) reading.stop();
    else launcher.clear();
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
  const copying = copyOnDemand(panel, announcer.say, signal);
  printOnDemand(panel, signal);
  quoteOnDemand(panel, signal);
  const challenges = showChallenges(panel);
  const focus = keepFocus(panel, signal);
  return () => {
    observer.disconnect();
    focus.disconnect();
    copying.disconnect();
    reading.disconnect();
    following.disconnect();
    challenges.end();
    life.abort();
    page.uncover();
    announcer.remove();
  };
};

/** A crash leaves nothing of the module that could tell of it. */
const tellOfCrash = (panel, signal) => {
  const { host } = panel.getRootNode();
  const ours = import.meta.url.replace(/[^/]*$/, '');
  const onError = ({ error, reason = error }) => {
    const isOurs = reason?.name == 'RuntimeError' && reason.stack.includes(ours);
    if (isOurs && host.widget) host.fail(say(panel, 'kept'), say(panel, 'stopped'));
  };
  for (const name of ['error', 'unhandledrejection']) addEventListener(name, onError, { signal });
};

/** Why WebAssembly does not run here: one of the loader's words, with what stands in it. Nothing where it runs. */
export const explain = (words) => {
  try {
    // The smallest module there is. A policy lets Safari compile it all the same, and refuses to instantiate it.
    new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)));
  } catch {
    words.no_wasm ??= 'This browser has no WebAssembly. Please update it.';
    return self.WebAssembly
      ? { word: 'refused', what: 'WebAssembly: script-src lacks ‘wasm-unsafe-eval’' }
      : { word: 'no_wasm' };
  }
};

/** A keyboard on the screen has no Shift to hold while Enter is pressed: there it makes a line, and the button sends. */
const letEnterMakeLines = (panel, signal) => {
  const finger = matchMedia('(pointer: coarse)');
  const onKey = (event) => {
    if (event.key == 'Enter' && event.target.localName == 'textarea' && finger.matches) event.stopPropagation();
  };
  panel.getRootNode().addEventListener('keydown', onKey, { capture: true, signal });
};

/** Prints the messages by themselves, in a frame of their own: a page prints all that is on it, but no chat. */
const printOnDemand = (panel, signal) => {
  const print = () => {
    const frame = document.createElement('iframe');
    frame.className = 'hidden';
    panel.after(frame);
    const { contentWindow, contentDocument } = frame;
    const sheet = new contentWindow.CSSStyleSheet();
    sheet.replaceSync(PAPER);
    contentDocument.adoptedStyleSheets = [sheet];
    contentDocument.documentElement.lang = panel.lang;
    contentDocument.documentElement.dir = panel.dir;
    contentDocument.title = panel.querySelector('h2').textContent;
    for (const message of panel.querySelectorAll('.log > .message')) {
      const name = document.createElement('h2');
      name.textContent = message.ariaLabel;
      contentDocument.body.append(name, contentDocument.importNode(message, true));
    }
    contentWindow.addEventListener('afterprint', () => frame.remove());
    contentWindow.print();
  };
  const onClick = ({ target }) => target.closest('.print') && print();
  panel.addEventListener('click', onClick, { signal });
};

/** How long a button says what came of it, in milliseconds. */
const OUTCOME_MS = 2000;

/** Copies an answer, with its formatting and as Markdown, and blocks of code, each of which has a button once the answer is there. */
const copyOnDemand = (panel, announce, signal) => {
  /** What gives a button its name back. */
  const timers = new Map();
  signal.addEventListener('abort', () => timers.forEach(clearTimeout));
  const copy = async (button, ...what) => {
    const outcome = say(panel, (await toClipboard(...what)) ? 'copied' : 'copy_refused');
    const name = button.dataset.name ?? button.getAttribute('aria-label');
    // The stylesheet shows the name. Few screen readers say one that changes.
    button.dataset.name = name;
    button.setAttribute('aria-label', outcome);
    announce(outcome);
    clearTimeout(timers.get(button));
    const restore = () => {
      timers.delete(button);
      button.setAttribute('aria-label', name);
    };
    timers.set(button, setTimeout(restore, OUTCOME_MS));
  };
  const onAnswer = ({ target, detail }) => {
    const shown = target.closest('.message').querySelector('.markdown');
    const answer = shown.cloneNode(true);
    for (const button of answer.querySelectorAll('button')) button.remove();
    copy(target, shown, detail, answer.innerHTML);
  };
  const onClick = ({ target }) => {
    const block = target.closest('.copy')?.closest('pre');
    if (block) copy(target, block, block.textContent);
  };
  panel.addEventListener('candor-copy', onAnswer, { signal });
  panel.addEventListener('click', onClick, { signal });

  const equip = (block) => {
    if (block.querySelector('.copy') || !block.closest('.message')?.querySelector('.below')) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.setAttribute('aria-label', say(panel, 'copy'));
    // What the widget adds to a block comes at its end.
    block.prepend(button);
  };
  const onAdded = (records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) {
        if (node.localName == 'pre') equip(node);
        else (node.className == 'below' ? node.parentElement : node)?.querySelectorAll?.('pre').forEach(equip);
      }
    }
  };
  const observer = new MutationObserver(onAdded);
  observer.observe(panel, { subtree: true, childList: true });
  panel.querySelectorAll('pre').forEach(equip);
  return observer;
};

/** The sentences of a text, line by line: a browser may fall silent in the middle of what is longer. */
const sentencesOf = (text, language) => {
  const lines = text.split('\n');
  const segmenter = Intl.Segmenter && new Intl.Segmenter(language, { granularity: 'sentence' });
  const sentences = segmenter ? lines.flatMap((line) => [...segmenter.segment(line)].map(({ segment }) => segment)) : lines;
  return sentences.map((sentence) => sentence.trim()).filter(Boolean);
};

/** Reads an answer aloud, by the browser's own speech, where it has a voice for the panel's language. */
const readAloudOnDemand = (panel, signal) => {
  const { speechSynthesis: speech } = self;
  if (!speech?.getVoices) return { stop: () => {}, disconnect: () => {} };
  /** What is being read, by its button. What an earlier reading ends with comes late, and is not of this one. */
  let reading;

  const stop = () => {
    if (!reading) return;
    reading.button.textContent = say(panel, 'read_aloud');
    reading = undefined;
    speech.cancel();
  };
  signal.addEventListener('abort', stop);
  const read = (button) => {
    const shown = button.closest('.message').querySelector('.markdown').cloneNode(true);
    // Nobody wants to hear a program.
    for (const element of shown.querySelectorAll('pre, button')) element.remove();
    for (const block of shown.querySelectorAll('p, li, h2, h3, h4, h5, td, th')) block.append('\n');
    const sentences = sentencesOf(shown.textContent, panel.lang);
    const own = { button };
    reading = own;
    button.textContent = say(panel, 'stop_reading');
    sentences.forEach((sentence, at) => {
      const utterance = new SpeechSynthesisUtterance(sentence);
      utterance.lang = panel.lang;
      const onEnd = () => reading == own && stop();
      utterance.onerror = onEnd;
      if (at == sentences.length - 1) utterance.onend = onEnd;
      speech.speak(utterance);
    });
    if (!sentences.length) stop();
  };
  const onClick = ({ target }) => {
    if (target.className != 'link speak') return;
    const isRead = target == reading?.button;
    stop();
    if (!isRead) read(target);
  };
  panel.addEventListener('click', onClick, { signal });

  const equip = () => {
    if (reading?.button.isConnected == false) stop();
    const isNew = (row) => !row.querySelector('.speak') && row.closest('.message')?.querySelector('.markdown');
    const rows = [...panel.querySelectorAll('.below')].filter(isNew);
    const language = panel.lang.split('-')[0];
    if (!rows.length || !speech.getVoices().some(({ lang }) => lang.split(/[-_]/)[0] == language)) return;
    for (const row of rows) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'link speak';
      button.textContent = say(panel, 'read_aloud');
      row.append(button);
    }
  };
  // They may come late.
  speech.addEventListener?.('voiceschanged', equip, { signal });
  const observer = new MutationObserver(equip);
  observer.observe(panel, { subtree: true, childList: true });
  equip();
  return { stop, disconnect: () => observer.disconnect() };
};

/** How long a selection is left alone before it counts as made, in milliseconds. */
const SELECTED_MS = 250;

/** How far the button is from what is selected, and from the log's edges, in pixels. */
const QUOTE_GAP_PX = 6;

/** Puts what somebody has selected in a message into the input, as a quotation, by a button beside it. */
const quoteOnDemand = (panel, signal) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button quote';
  let words;
  let timer;
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    button.remove();
  });

  const show = () => {
    const selected = selectedIn(panel);
    // Where a press on the button ends the selection, what it would quote is known all the same.
    if (!selected) return button.matches(':hover, :focus') || button.remove();
    words = selected.words;
    button.textContent = say(panel, 'quote');
    const { log, range } = selected;
    // In front: what stands below the last message is in sight.
    if (log.firstChild != button) log.prepend(button);
    const within = log.getBoundingClientRect();
    const lines = [...range.getClientRects()];
    const [first, last] = [lines.at(0) ?? within, lines.at(-1) ?? within];
    const { offsetWidth: width, offsetHeight: height } = button;
    const left = (last.left + last.right - width) / 2 - within.left;
    const isBelow = last.bottom + height + 2 * QUOTE_GAP_PX < within.bottom;
    const top = isBelow ? last.bottom + QUOTE_GAP_PX : Math.max(first.top - height - QUOTE_GAP_PX, within.top + QUOTE_GAP_PX);
    button.style.left = `${Math.max(QUOTE_GAP_PX, Math.min(left, log.clientWidth - width - QUOTE_GAP_PX))}px`;
    button.style.top = `${top - within.top + log.scrollTop}px`;
  };
  const onSelection = () => {
    clearTimeout(timer);
    timer = setTimeout(show, SELECTED_MS);
  };
  document.addEventListener('selectionchange', onSelection, { signal });

  const onClick = () => {
    const input = panel.querySelector(INPUT);
    const quotation = words.replace(/^/gm, '> ').replace(/^> $/gm, '>');
    const before = input.value.trimEnd();
    input.value = `${before && `${before}\n\n`}${quotation}\n\n`;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
    input.scrollTop = input.scrollHeight;
    button.remove();
  };
  button.addEventListener('click', onClick, { signal });
};

/** What is selected within one message while there is an input: its words, where they stand, and the log. Browsers differ in how
    they tell of a selection within a shadow root. */
const selectedIn = (panel) => {
  const root = panel.getRootNode();
  const selection = root.getSelection?.() ?? getSelection();
  if (!selection || !panel.querySelector(INPUT)) return;
  let [range] = selection.getComposedRanges?.({ shadowRoots: [root] }) ?? [];
  range ??= selection.rangeCount ? selection.getRangeAt(0) : undefined;
  if (!range || range.collapsed || range.startContainer.getRootNode() != root) return;
  const lasting = new Range();
  lasting.setStart(range.startContainer, range.startOffset);
  lasting.setEnd(range.endContainer, range.endOffset);
  const within = lasting.commonAncestorContainer;
  const message = (within.closest ? within : within.parentElement)?.closest('.log > .message');
  const words = (selection.toString() || lasting.toString()).trim().replace(/\n{3,}/g, '\n\n');
  return message && words && { words, range: lasting, log: message.parentElement };
};

/** Whether the clipboard has it now. Where pages have none, as without https, the browser copies what is shown, by its command. */
const toClipboard = async (shown, words, formatted) => {
  const forms = { 'text/plain': words, ...(formatted && { 'text/html': formatted }) };
  try {
    const blobs = Object.entries(forms).map(([type, text]) => [type, new Blob([text], { type })]);
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    return true;
  } catch {}
  const selection = getSelection();
  selection.removeAllRanges();
  selection.selectAllChildren(shown);
  const isDone = document.execCommand('copy');
  selection.removeAllRanges();
  return isDone;
};

/** Shows new visitors what they solve, where the widget has made a place for it; the script for it is fetched then. */
const showChallenges = (panel) => {
  let shown;
  /** What takes it away again. */
  let takeAway;
  let failures = 0;

  const begin = async (place) => {
    // A browser may remember that a script could not be had, by its address.
    const address = import.meta.url.replace(/-page\.js.*$/, `-challenge.js${failures ? `?${failures}` : ''}`);
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

/** The launcher says what has come while the panel was closed. */
const tellLauncher = (panel) => {
  const launcher = panel.previousElementSibling;
  const label = launcher?.getAttribute('aria-label');
  let unseen = 0;
  const tell = () => {
    const words = say(panel, 'new', unseen);
    launcher?.setAttribute('aria-label', unseen ? say(panel, 'open_with').replace('{new}', () => words) : label);
    if (unseen) launcher?.setAttribute('data-unseen', unseen);
    else launcher?.removeAttribute('data-unseen');
    return words;
  };
  return {
    clear: () => {
      unseen = 0;
      tell();
    },
    count: () => {
      unseen++;
      return tell();
    },
  };
};

/** A live region beside the panel, so that it speaks while the panel is closed too. The log itself is silent, since an answer
    grows in it word by word; a failure's card is an alert. */
const makeAnnouncer = (panel) => {
  const region = document.createElement('p');
  region.className = 'hidden';
  region.setAttribute('role', 'status');
  panel.after(region);
  const say = (words) => {
    region.textContent = words;
  };
  return {
    say,
    /** Says the last answer, once it is rendered. */
    sayAnswer: () =>
      requestAnimationFrame(() => {
        const message = [...panel.querySelectorAll('.message')].at(-1);
        say(message?.querySelector('.failure') ? '' : message?.querySelector('.markdown')?.textContent || '');
      }),
    remove: () => region.remove(),
  };
};

/** On a phone the panel covers the page, which then takes no focus and does not scroll; the way back closes the panel. */
const coverPage = (panel, signal) => {
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

/** A keyboard on the screen covers no panel: what it leaves of the window is the panel's, and the log's end stays in sight. */
const avoidKeyboard = (panel, signal) => {
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
      height: gap ? `min(680px, ${seen.height - 2 * gap}px)` : `${seen.height}px`,
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

/** Whoever reads along still does once the log is lower: in a window that was made smaller, or behind a draft of many lines.
    Whoever has scrolled up to read is left there, and told what comes meanwhile.
    No ResizeObserver tells of it: WebKit sizes the log twice in a frame now and then, and reports a loop to the page's own
    error handlers. */
const stayAtEnd = (panel, signal) => {
  let log;
  let isAtEnd = true;
  let top;
  const jump = makeJump(panel, signal, () => {
    log.scrollTop = log.scrollHeight;
    // The button goes; a finger wants no keyboard to come for that.
    log.focus({ preventScroll: true });
  });
  const note = () => {
    // A closed panel has no height, and its log no place.
    if (!log.clientHeight) return;
    isAtEnd = log.scrollHeight - log.clientHeight - log.scrollTop < NEAR_END_PX;
    top = log.scrollTop;
    jump.show(log, !isAtEnd);
  };
  panel.addEventListener('candor-reply', () => jump.count(), { signal });
  // Another tab takes the log away, and the chat brings another one, which is at its start unless the widget wants its end seen.
  const watch = () => {
    const shown = panel.querySelector('.log');
    if (!shown || shown == log) return;
    log = shown;
    if (!isAtEnd && !log.scrollTop) log.scrollTop = top;
    note();
  };
  const onScroll = ({ target }) => {
    watch();
    if (target == log) note();
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
  return observer;
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

/** The focus stays in the panel. What had it may go away by what was done with it, as "Retry" does; a browser lets the focus
    fall to the page then, where Escape closes nothing and Tab begins anew. It goes to the next step instead. */
const keepFocus = (panel, signal) => {
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
