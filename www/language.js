/* Another language than English: which one it is, and its words. The loader fetches this where the page or the browser asks for one. */

/** What the launcher says in each language that there is, and what is said while the chat is on its way. The build fills it in. */
const LANGUAGES = '{{languages}}';

/** The scripts that are written from the right. */
const FROM_THE_RIGHT = ['Arab', 'Hebr'];

/** Language and script of a tag, such as `zh` and `Hant` of `zh-HK`. */
const read = (tag) => {
  try {
    return new Intl.Locale(tag).maximize();
  } catch {
    return {};
  }
};

const isSame = (one, other) => one.language == other.language && one.script == other.script;

/** The first language of those asked for that there is. */
const choose = (asked) => {
  for (const tag of asked) {
    const wanted = read(tag);
    if (wanted.language == 'en') return;
    const known = Object.keys(LANGUAGES).find((known) => isSame(read(known), wanted));
    if (known) return known;
  }
};

/** Has the launcher and the panel of a chat speak the language that the page, or else the browser, asks for; `words` are the
    loader’s. Gives what fetches the rest; nothing in English. */
export const speak = ({ dataset, launcher, panel }, words) => {
  const tag = choose([dataset.lang, document.documentElement.lang, ...(navigator.languages ?? [])].filter((asked) => asked));
  if (!tag) return;
  [words.open, words.loading] = LANGUAGES[tag];
  launcher.setAttribute('aria-label', words.open);
  for (const part of [launcher, panel]) {
    part.lang = tag;
    part.dir = FROM_THE_RIGHT.includes(read(tag).script) ? 'rtl' : 'ltr';
  }
  return async () => {
    try {
      panel.locale = await fetchOnce(tag);
      Object.assign(words, panel.locale.loader);
      return panel.locale;
    } catch (error) {
      // The chat speaks English, and says so.
      console.error(`Candor: ${error.message}.`);
      for (const part of [launcher, panel]) [part.lang, part.dir] = ['en', 'ltr'];
    }
  };
};

/** The locales that are here or on their way, by tag. */
const fetched = new Map();

/** What failed is fetched anew when it is wanted again. */
const fetchOnce = (tag) => {
  if (!fetched.has(tag)) {
    const made = get(tag).then((file) => make(tag, file));
    made.catch(() => fetched.delete(tag));
    fetched.set(tag, made);
  }
  return fetched.get(tag);
};

/** All files of a build are called by its hash: beside `candor-0a1b-language.js` lies `candor-0a1b-de.json`. */
const get = async (name) => {
  const response = await fetch(import.meta.url.replace(/language\.js.*$/, `${name}.json`), { credentials: 'omit' });
  if (!response.ok) throw new Error(`The server answered ${response.status} for ${name}.json`);
  return response.json();
};

/** What the widget uses of a locale (`src/words`), the loader, and `page/words.js`. */
const make = (tag, { causes, otherwise, plain, ...words }) => {
  // In the visitor’s own kind of the language, where the browser says which.
  const own = navigator.languages?.find((other) => isSame(read(other), read(tag))) ?? tag;
  const plurals = new Intl.PluralRules(tag);
  // What happened, and what is safe and what to do: where trying again may help, and where it does not.
  const [titles, retryable, final] = [{}, {}, {}];
  const tell = (cause, title, detail) => {
    titles[cause] = title || otherwise.title;
    retryable[cause] = detail || otherwise.try_again;
    final[cause] = detail || otherwise.owner_must_act;
  };
  for (const cause of plain) tell(cause);
  for (const cause in causes) tell(cause, ...causes[cause].split('\n'));
  const locale = {
    ...words,
    lang: own,
    titles,
    // What the proxy says by itself (`crates/proxy/src/config/settings.rs`); an owner’s own words stay as they are.
    defaults: {
      'Hello. How can I help?': words.defaults.greeting,
      'Answers are written by AI and can be wrong.': words.defaults.notice,
    },
    retryable,
    final,
    plural: (number) => plurals.select(number),
    number: (number) => number.toLocaleString(own),
    list: (names) => new Intl.ListFormat(tag, { type: 'disjunction' }).format(names),
    lasting: (seconds) => lasting(own, seconds),
    /** Fetches what only Diagnostics says. Where it can’t be had, `null` says so, and Diagnostics speaks English. */
    more: async () => {
      const rest = await get(`${tag}-causes`).catch(() => ({ diagnostics: null }));
      Object.assign(locale, rest);
    },
  };
  return locale;
};

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** So many seconds, in the unit in which somebody would say it. */
const lasting = (tag, seconds) => {
  const [length, unit] = [[DAY, 'day'], [HOUR, 'hour'], [MINUTE, 'minute']].find(([length]) => seconds >= 2 * length) ?? [1, 'second'];
  return Math.ceil(seconds / length).toLocaleString(tag, { style: 'unit', unit, unitDisplay: 'long' });
};
