// `cargo xtask bench widget`: Candor beside its peers, in a real browser. Writes what it measured as JSON.

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SLOWED, open } from './chromium.mjs';
import { candor, peerFiles, peers } from './competitors.mjs';
import { longConversation } from './history.mjs';
import { answer, bytes, clickToInput } from './measures.mjs';
import { startFiles, startPages } from './site.mjs';
import { TOKENS_PER_SECOND, startUpstream } from './upstream.mjs';

const { values: options } = parseArgs({
  options: {
    baseline: { type: 'string' },
    pairs: { type: 'string' },
    quick: { type: 'boolean' },
    full: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    measure: { type: 'string', multiple: true },
  },
});

const PAIRS = Number(options.pairs ?? (options.quick ? 2 : 5));

/** The long answer takes 100 s, so an ordinary run has it less often, and the peers once. */
const LONG = options.full ? { candor: PAIRS, peers: PAIRS } : { candor: Math.min(2, PAIRS), peers: 1 };

const OUT = process.env.CANDOR_BENCH_OUT;

const isWanted = (measure) => !options.measure || options.measure.includes(measure);

const say = (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);

/** Runs a measure `rounds` times for everybody in turn, A B C A B C. Gives the outcomes by name. */
async function inTurns(title, competitors, rounds, measure) {
  const outcomes = Object.fromEntries(competitors.map(({ name }) => [name, []]));
  for (let round = 0; round < Math.max(...competitors.map(rounds)); round++) {
    for (const competitor of competitors.filter((each) => round < rounds(each))) {
      const outcome = await measure(competitor, round);
      outcomes[competitor.name].push(outcome);
      say(`${title}, ${competitor.name}, ${round + 1}: ${JSON.stringify(outcome, (_, value) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value))}`);
    }
  }
  return outcomes;
}

async function main() {
  await mkdir(OUT, { recursive: true });
  const upstream = await startUpstream();
  const files = await startFiles(await peerFiles());
  // One address asks for everything. An earlier build has no limits, and refuses a variable that it does not know.
  const unlimited = { CANDOR_LIMITS: 'off' };
  const ours = [await candor('Candor', process.env.CANDOR_BIN, upstream.origin, unlimited)];
  if (options.baseline) ours.push(await candor('Candor, earlier build', options.baseline, upstream.origin));
  const all = [...ours, ...(await peers(files.origin, upstream.origin))];
  const competitors = all.filter(({ name }) => !options.only || options.only.includes(name));
  const slug = ({ name }) => name.replace(/\W+/g, '-').toLowerCase();
  const pages = await startPages(
    Object.fromEntries(all.flatMap((each) => [[`/${slug(each)}`, each.embedded], [`/${slug(each)}/click`, each.onClick]])),
  );
  const embedded = (competitor) => `${pages.origin}/${slug(competitor)}`;
  const picture = (competitor, what) => join(OUT, `${slug(competitor)}-${what}.png`);
  const browser = await open();
  const chromium = await browser.context.newCDPSession(browser.context.pages()[0]);
  const { product } = await chromium.send('Browser.getVersion');
  await browser.close();

  const results = {
    measuredAt: new Date().toISOString(),
    machine: { cores: cpus().length, memory: totalmem(), browser: product },
    slowed: SLOWED,
    tokensPerSecond: TOKENS_PER_SECOND,
    commit: process.env.CANDOR_COMMIT,
    competitors: competitors.map(({ name, version }) => ({ name, version })),
  };
  try {
    if (isWanted('bytes')) results.bytes = await inTurns('bytes', competitors, () => 1, (each) => bytes(each, embedded(each), picture(each, 'greeting')));
    if (isWanted('click')) results.click = await inTurns('click to input', competitors, () => PAIRS, (each) => clickToInput(each, `${embedded(each)}/click`));
    if (isWanted('answer')) {
      const measure = (tokens) => (each, round) => answer(each, embedded(each), upstream, tokens, round === 0 && picture(each, `${tokens}-tokens`));
      results.answer4000 = await inTurns('4,000 tokens', competitors, () => PAIRS, measure(4_000));
      if (!options.quick) {
        results.answer20000 = await inTurns('20,000 tokens', competitors, (each) => (ours.includes(each) ? LONG.candor : LONG.peers), measure(20_000));
      }
    }
    if (isWanted('history')) {
      const database = { CANDOR_DATABASE_URL: `sqlite://${process.env.CANDOR_BENCH_CONVERSATION}` };
      const full = await candor('Candor', process.env.CANDOR_BIN, upstream.origin, { ...unlimited, ...database });
      const page = await startPages({ '/': full.embedded });
      try {
        results.history = await inTurns('10,000 messages', [full], () => PAIRS, (_, round) => longConversation(full, page.origin, round === 0 && picture(full, 'history')));
      } finally {
        await Promise.all([full.stop(), page.stop()]);
      }
    }
  } finally {
    await Promise.all([...ours.map((each) => each.stop()), files.stop(), pages.stop(), upstream.stop()]);
  }
  await writeFile(join(OUT, 'widget.json'), `${JSON.stringify(results, null, 1)}\n`);
}

await main();
