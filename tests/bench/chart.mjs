// The chart of docs/benchmarks.md: bars of each competitor, shorter is better, readable on a light page and a dark one.

import { median } from './statistics.mjs';

const WIDTH = 760;
const LABEL = 170;
const BAR = 16;
const GAP = 8;
const PANEL_GAP = 30;
const LONGEST = WIDTH - LABEL - 110;

const STYLE = `text { font: 13px system-ui, sans-serif; fill: #16201f }
.title { font-weight: 600 } .bar { fill: #9aa8a6 } .own { fill: #0b6e69 }
@media (prefers-color-scheme: dark) { text { fill: #f0f5f4 } .bar { fill: #5d6d6a } .own { fill: #3fb8af } }`;

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** The panels of what was measured: a title, how a value is written, and each competitor's value. */
function panels({ bytes, click, answer4000, answer20000 }) {
  const values = (outcomes, value) => Object.entries(outcomes).flatMap(([name, runs]) => (runs.length ? [[name, value(runs), runs.some(({ isWhole }) => isWhole === false)]] : []));
  const middle = (field) => (runs) => median(runs.map((run) => run[field]));
  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
  const all = [
    { title: 'Sent until the first formatted answer', outcomes: bytes, unit: (value) => `${Math.round(value / 1000)} kB`, value: ([{ toAnswer }]) => toAnswer.files + toAnswer.wire },
    { title: 'From the click to the input, cold cache', outcomes: click, unit: (value) => `${Math.round(value)} ms`, value: middle('cold') },
    { title: 'Main thread for an answer of 4,000 tokens', outcomes: answer4000, unit: seconds, value: middle('tasks') },
    { title: 'Main thread for an answer of 20,000 tokens', outcomes: answer20000, unit: seconds, value: middle('tasks') },
  ];
  return all.filter(({ outcomes }) => outcomes).map(({ outcomes, value, ...panel }) => ({ ...panel, values: values(outcomes, value) }));
}

/** The chart as SVG. */
export function chart(results) {
  let y = 4;
  const parts = [];
  for (const { title, unit, values } of panels(results)) {
    parts.push(`<text class="title" x="0" y="${y + 12}">${escaped(title)}</text>`);
    y += 24;
    const most = Math.max(...values.map(([, value]) => value));
    for (const [name, value, isLeast] of values) {
      const width = Math.max(1, (LONGEST * value) / most).toFixed(1);
      const kind = name.startsWith('Candor') ? 'bar own' : 'bar';
      parts.push(
        `<text x="0" y="${y + 12}">${escaped(name)}</text><rect class="${kind}" x="${LABEL}" y="${y}" width="${width}" height="${BAR}" rx="2"/>` +
          `<text x="${LABEL + Number(width) + 8}" y="${y + 12}">${isLeast ? '≥ ' : ''}${escaped(unit(value))}</text>`,
      );
      y += BAR + GAP;
    }
    y += PANEL_GAP - GAP;
  }
  const height = y - PANEL_GAP + GAP + 4;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Candor beside its peers; shorter bars are better">\n<style>${STYLE}</style>\n${parts.join('\n')}\n</svg>\n`;
}
