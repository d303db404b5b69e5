// The words of every answer: Markdown as models write it, cut into tokens, the same in every run.

const WORDS =
  'the seat fits a bicycle with straight dropouts and needs about twenty minutes of work when you bring your own tools we check brakes gears and wheels before every ride most customers choose this frame since it stays light even with racks bags or lamps an order leaves our workshop within two days spare parts are kept for ten years'.split(
    ' ',
  );

/** A number that looks random and is the same in every run (mulberry32, Tommy Ettinger 2017). */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** What a model's answer is made of, as it comes again and again. */
function blocks(number) {
  const words = (count) => Array.from({ length: count }, () => WORDS[number(WORDS.length)]).join(' ');
  const sentence = () => `${capital(words(8 + number(10)))}.`;
  const paragraph = () => {
    const marked = `${capital(words(5))} **${words(2)}** ${words(4)}, *${words(2)}* or \`${words(1)}_${words(1)}\`.`;
    return `${sentence()} ${marked} ${sentence()}`;
  };
  return [
    () => `## ${capital(words(4))}`,
    paragraph,
    paragraph,
    () => Array.from({ length: 4 }, () => `- **${words(2)}**: ${words(7)}`).join('\n'),
    paragraph,
    () => Array.from({ length: 3 }, (_, index) => `${index + 1}. ${sentence()}`).join('\n'),
    paragraph,
    () => '```js\n' + `const ${words(1)} = (${words(1)}) => {\n  // ${words(6)}\n  return ${words(1)}.map((${words(1)}) => ${number(90)});\n};` + '\n```',
    paragraph,
    () => `| ${words(1)} | ${words(1)} | price |\n| --- | --- | ---: |\n` + Array.from({ length: 4 }, () => `| ${words(2)} | ${words(1)} | ${number(900)} |`).join('\n'),
    () => `> ${sentence()}`,
    () => `${capital(words(6))} [${words(2)}](https://example.com/${words(1)}) ${words(5)}.`,
  ];
}

/** Cuts a text as tokenizers do: a word with the blank before it, long ones in two, and each other sign by itself. */
const tokensOf = (text) => text.match(/ ?[A-Za-z]{1,7}|\n+|[^A-Za-z\n]{1,3}/g);

/** What stands at the end of every answer and nowhere else. */
export const LAST_WORDS = 'That is all there is to say';

/** An answer of exactly so many tokens. */
export function answer(count) {
  const number = numbers(11);
  const makers = blocks(number);
  const end = tokensOf(`\n\n${LAST_WORDS}`);
  const tokens = [];
  for (let index = 0; ; index++) {
    const next = tokensOf(`${makers[index % makers.length]()}\n\n`);
    if (tokens.length + next.length + end.length > count) break;
    tokens.push(...next);
  }
  // What is left is too short for another block: plain words, of one token each.
  const short = WORDS.filter((word) => word.length <= 7);
  while (tokens.length + end.length < count) tokens.push(` ${short[tokens.length % short.length]}`);
  return [...tokens, ...end];
}

/** A short answer that begins with a formatted word. */
export const GREETING = tokensOf(`**Hello.** Ask about ${WORDS.slice(0, 9).join(' ')}.\n\n${LAST_WORDS}`);
