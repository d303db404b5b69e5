// The plugin's sentences for translators, and its translations, before anything runs them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from './processes.mjs';

const PLUGIN = fileURLToPath(new URL('../../wordpress/candor', import.meta.url));
const LOCALES = ['ar', 'de_DE', 'es_ES', 'fr_FR', 'he_IL', 'hi_IN', 'it_IT', 'ja', 'ko_KR', 'nl_NL', 'pl_PL', 'pt_BR', 'tr_TR', 'uk', 'zh_CN', 'zh_TW'];

/** The texts of an entry under a name, each of which may stand on several lines. */
const texts = (entry, name) => [...entry.matchAll(new RegExp(`^${name} (".*"(?:\\n".*")*)$`, 'gm'))]
  .map(([, lines]) => lines.split('\n').map((line) => JSON.parse(line)).join(''));

/** The entries of a file without its header: what names each, and its translations. */
async function entries(file) {
  const text = await run('msgcat', [file]);
  return text.trim().split(/\n{2,}/).slice(1).filter((entry) => !entry.startsWith('#~')).map((entry) => ({
    key: ['msgctxt', 'msgid', 'msgid_plural'].flatMap((name) => texts(entry, name)).join(' | '),
    english: texts(entry, 'msgid')[0],
    translations: texts(entry, 'msgstr(?:\\[\\d\\])?'),
  }));
}
const keys = async (file) => new Set((await entries(file)).map(({ key }) => key));
const without = (some, others) => [...some].filter((key) => !others.has(key));

test('languages/candor.pot has every sentence of the code, and none that is gone', async (context) => {
  const copy = await mkdtemp(join(tmpdir(), 'candor-languages-'));
  context.after(() => rm(copy, { recursive: true }));
  await cp(PLUGIN, copy, { recursive: true });
  await run('sh', [join(copy, 'languages/update.sh')]);
  const [kept, found] = await Promise.all([PLUGIN, copy].map((plugin) => keys(join(plugin, 'languages/candor.pot'))));
  assert.ok(found.size > 100, `${found.size} sentences were found`);
  assert.deepEqual({ missing: without(found, kept), gone: without(kept, found) }, { missing: [], gone: [] }, 'run languages/update.sh');
});

test('Every locale has its translation, and nothing else lies there', async () => {
  const files = (await readdir(join(PLUGIN, 'languages'))).filter((name) => name.endsWith('.po'));
  assert.deepEqual(files.sort(), LOCALES.map((locale) => `candor-${locale}.po`).sort());
});

for (const locale of LOCALES) {
  const file = join(PLUGIN, `languages/candor-${locale}.po`);

  test(`candor-${locale}.po has every sentence, and no other`, async () => {
    const [wanted, has] = await Promise.all([keys(join(PLUGIN, 'languages/candor.pot')), keys(file)]);
    assert.deepEqual({ missing: without(wanted, has), unknown: without(has, wanted) }, { missing: [], unknown: [] }, 'run languages/update.sh');
  });

  test(`candor-${locale}.po is translated to its end, with every placeholder, tag, plural and cited label`, async () => {
    const { status, stderr } = spawnSync('msgfmt', ['--check', '--statistics', '--output-file=/dev/null', file], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
    assert.equal(status, 0, stderr);
    // “, 2 fuzzy translations, 1 untranslated message” would stand behind it.
    assert.match(stderr.trim(), /^\d+ translated messages\.$/);
    const all = await entries(file);
    assert.ok(all.length > 100, `${all.length} entries`);
    const marks = (text) => (text.match(/<[^>]*>|\[candor\]|https?:\/\/[\w./-]*\w/g) ?? []).sort();
    const called = new Map(all.map(({ english, translations }) => [english, translations[0]]));
    for (const { english, translations } of all) {
      assert.ok(translations.length > 0, english);
      const labels = [...english.matchAll(/“([^”]+)”/g)].map(([, label]) => called.get(label)).filter(Boolean);
      for (const text of translations) {
        assert.deepEqual(marks(text), marks(english), text);
        for (const label of labels) assert.ok(text.includes(label), `“${label}” in “${text}”`);
      }
    }
  });
}
