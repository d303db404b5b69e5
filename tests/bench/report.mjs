// Writes what was measured into docs/benchmarks.md, between its marks, and draws docs/benchmarks.svg. A part that was not
// measured on this machine keeps what stands there.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chart } from './chart.mjs';
import { median, ratio } from './statistics.mjs';

const docs = new URL('../../docs/', import.meta.url);

/** What a part measured, if it did. */
const measured = async (part) => {
  try {
    return JSON.parse(await readFile(join(process.env.CANDOR_BENCH_OUT, `${part}.json`), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
};

const table = (head, rows) =>
  [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const number = (value, digits = 0) =>
  value === null || value === undefined ? '–' : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const times = (value) => (value === null ? '–' : value === 1 ? '1' : `${number(value, 2)} ×`);

const kilobytes = (bytes) => number(bytes / 1000, 1);
const megabytes = (bytes) => (bytes === null ? '–' : number(bytes / 1e6, 1));
const seconds = (ms) => number(ms / 1000, 2);

/** Each competitor that was measured, with the outcomes of its runs, and Candor's beside them. */
const each = (outcomes) => Object.entries(outcomes).filter(([, runs]) => runs.length > 0);

function bytesTable({ bytes }) {
  const rows = each(bytes).map(([name, [run]]) => {
    const total = ({ files, wire }) => files + wire;
    return [
      name,
      kilobytes(total(run.beforeIntent)),
      kilobytes(total(run.toInput)),
      kilobytes(total(run.toAnswer)),
      kilobytes(run.toAnswer.files),
      times(total(run.toAnswer) / total(bytes.Candor[0].toAnswer)),
    ];
  });
  return table(['kB', 'before intent', 'to the input', 'to the first formatted answer', 'of that, files', 'beside Candor'], rows);
}

function clickTable({ click }) {
  const of = (runs, name) => runs.map((run) => run[name]);
  const rows = each(click).map(([name, runs]) => [
    name,
    number(median(of(runs, 'cold'))),
    times(ratio(of(runs, 'cold'), of(click.Candor, 'cold'))),
    number(median(of(runs, 'warm'))),
    times(ratio(of(runs, 'warm'), of(click.Candor, 'warm'))),
    runs.length,
  ]);
  return table(['ms', 'cold cache', 'beside Candor', 'warm cache', 'beside Candor', 'pairs'], rows);
}

function answerTable(answers) {
  const of = (runs, name) => runs.map((run) => run[name]);
  const rows = each(answers).map(([name, runs]) => {
    const middle = (field) => median(of(runs, field));
    const least = runs.some(({ isWhole }) => !isWhole) ? '≥ ' : '';
    return [
      name,
      `${least}${seconds(middle('tasks'))}`,
      `${least}${times(ratio(of(runs, 'tasks'), of(answers.Candor, 'tasks')))}`,
      seconds(middle('scripting')),
      seconds(middle('style') + middle('layout')),
      seconds(middle('painting')),
      number(middle('longest')),
      number(middle('longTasks')),
      least ? 'not within 40' : seconds(middle('late')),
      runs.length,
    ];
  });
  return table(['', 'main thread, s', 'beside Candor', 'scripting, s', 'style and layout, s', 'painting, s', 'longest task, ms', 'tasks over 50 ms', 'shown after the last token, s', 'pairs'], rows);
}

/** What a token costs at the start and the end, and what is left; only where a page keeps up does a token have its own cost. */
function tokenTable(answers) {
  const rows = each(answers).map(([name, runs]) => {
    const middle = (field) => median(runs.map((run) => run[field]));
    const keepsUp = runs.every(({ isWhole, late }) => isWhole && late < 2_000);
    return [
      name,
      keepsUp ? number(middle('firstTokens'), 3) : 'does not keep up',
      keepsUp ? number(middle('lastTokens'), 3) : '',
      keepsUp ? times(ratio(runs.map((run) => run.lastTokens), runs.map((run) => run.firstTokens))) : '',
      megabytes(middle('heap')),
      megabytes(middle('wasm')),
    ];
  });
  return table(['', 'scripting a token, the first thousand, ms', 'the last thousand, ms', 'last beside first', 'JS heap after, MB', 'WebAssembly memory, MB'], rows);
}

function widgetSection(results) {
  const { machine, competitors, commit, slowed, tokensPerSecond } = results;
  const names = competitors.map(({ name, version }) => `${name} ${version}`).join(', ');
  const parts = [
    `${names}; ${machine.browser}, ${machine.cores} cores, commit ${commit}. The processor is slowed ${slowed} times; an answer comes with ${tokensPerSecond} tokens a second.`,
  ];
  const add = (title, name, ...tables) => results[name] && parts.push(`### ${title}`, ...tables.map((make) => make(results[name])));
  if (results.bytes) parts.push('### Bytes over the network', bytesTable(results));
  if (results.click) parts.push('### From the click to the input', clickTable(results));
  add('An answer of 4,000 tokens', 'answer4000', answerTable, tokenTable);
  add('An answer of 20,000 tokens', 'answer20000', answerTable, tokenTable);
  if (results.history) {
    const runs = results.history.Candor;
    const middle = (field) => median(runs.map((run) => run[field]));
    parts.push(
      '### A conversation of 10,000 messages',
      table(
        ['Candor, processor not slowed', 'aim', 'measured'],
        [
          ['from the click in History to the last message, ms', 'under 300', number(middle('opened'))],
          ['frames a second while it scrolls', '55', number(middle('framesPerSecond'), 1)],
          ['the longest frame, ms', '', number(middle('longestFrame'))],
        ],
      ),
    );
  }
  return parts.join('\n\n');
}

function proxySection({ first_words: firstWords, streams }) {
  const rows = Object.entries(firstWords.through).map(([name, { added_us, median_us }]) => [
    `through the proxy, ${name === 'nothing kept' ? name : `SQLite ${name === 'disk' ? 'on disk' : 'in memory'}`}`,
    number(median_us / 1000, 2),
    number(added_us / 1000, 2),
  ]);
  const held = streams.map((run) => [
    number(run.wanted),
    number(run.held),
    number(run.seconds_to_begin, 1),
    megabytes(run.memory_before),
    megabytes(run.memory),
    run.held ? number((run.memory - run.memory_before) / run.held / 1000, 1) : '–',
    number(run.processors, 2),
  ]);
  return [
    `Medians of ${firstWords.requests} requests of each kind, in turns, each answer read to its end.`,
    table(['first words after, ms', 'median', 'added'], [['straight from the provider', number(firstWords.straight_us / 1000, 2), ''], ...rows]),
    'Streams that are held at once, with SQLite on disk and a few words for each every five seconds:',
    table(['asked for', 'held', 'begun within, s', 'memory before, MB', 'memory with them, MB', 'kB a stream', 'cores while held'], held),
  ].join('\n\n');
}

function historySection({ messages, requests }) {
  const rows = requests.map((each) => [`${each.database}, ${each.request}`, number(each.median_ms, 2), number(each.percentile_99_ms, 2), number(each.times_of_small, 2)]);
  return [
    `${number(messages)} messages in one database.`,
    table(['', 'median, ms', '99th percentile, ms', 'times that of 2,000 messages'], rows),
  ].join('\n\n');
}

/** Replaces what stands between the marks of a section. */
function fill(text, name, section) {
  const [begin, end] = [`<!-- measured: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md lacks the marks ${begin} and ${end}. Restore them.`);
  return `${text.slice(0, from + begin.length)}\n${section}\n${text.slice(to)}`;
}

const path = new URL('benchmarks.md', docs);
let text = await readFile(path, 'utf8');
for (const [name, section] of Object.entries({ widget: widgetSection, proxy: proxySection, history: historySection })) {
  const results = await measured(name);
  if (results) text = fill(text, name, section(results));
}
await writeFile(path, text);
const widget = await measured('widget');
if (widget) await writeFile(new URL('benchmarks.svg', docs), chart(widget));
console.log('docs/benchmarks.md is written.');
