// The owner's export: whatever a visitor wrote, a spreadsheet takes it for text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPackage } from './packaged.mjs';

/** The lines of a file as a spreadsheet reads them (RFC 4180). */
function cells(csv) {
  const lines = [];
  let line = [];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    line.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== ',') lines.push(line.splice(0));
    if (!end) break;
  }
  return lines.filter((fields) => fields.length > 1 || fields[0] !== '');
}

const write = (context, rows) => inPackage(context, "implode('', array_map(['Candor\\Admin\\Csv', 'line'], $input))", rows);

test('What begins like a formula, in whatever sign and behind whatever cannot be seen, is text', async (context) => {
  const formulas = [
    '=1+1', '+1', '-2+3', '@SUM(A1)', '=HYPERLINK("https://elsewhere.example","Read")', "=cmd|'/C calc'!A0", '\t=1', '\r=1', '\n=1', '\n', ' =1', '\u00A0=1', '\u200B=1', '\uFEFF=1', ' \t\r\n =1',
    '\uFF1D1+1', '\uFF0B1', '\uFF0D1', '\uFF20SUM(A1)',
  ];
  const [read] = cells(await write(context, [formulas]));
  assert.deepEqual(read, formulas.map((formula) => `'${formula}`));
});

test('All else stands in its field as it was written', async (context) => {
  const rows = [['hello', '1 = 1', "'quoted'", '"', 'a,b', 'a;b', 'two\r\nlines', '', 'é', 'mail@shop.example'], ['', null, '5', 'x', 'x', 'x', 'x', 'x', 'x', '"=1"']];
  const csv = await write(context, rows);
  assert.deepEqual(cells(csv), rows.map((row) => row.map((field) => field ?? '')));
  assert.ok(csv.startsWith('"hello","1 = 1",'), 'every field is quoted');
});

test('What no sign can be looked for in is text too', async (context) => {
  // WordPress leaves bytes that are no UTF-8 as they are where a site has another character set.
  const [first] = await inPackage(context, "[bin2hex(Candor\\Admin\\Csv::line([\"=1\\xFF\"]))]", null);
  assert.equal(Buffer.from(first, 'hex').toString('latin1'), '"\'=1\xFF"\r\n');
});
