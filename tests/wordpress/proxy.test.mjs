// The plugin's own proxy beyond the wire: the key, the prompt, addresses, retention, old tokens.

import assert from 'node:assert/strict';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client } from '../conformance/wire.mjs';
import { startMariaDb } from './database.mjs';
import { KEY, MODEL, startProvider } from './provider.mjs';
import { openShop, settings } from './shop.mjs';

const DAY = 24 * 60 * 60 * 1000;

/** Everything in a folder's files below it, as one text. */
async function everythingIn(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath ?? entry.path, entry.name), 'latin1')));
  return texts.join('\n');
}

describe('The proxy in WordPress', { concurrency: 4 }, () => {
  let provider, database;
  before(async () => {
    [provider, database] = await Promise.all([startProvider({ pause: 2 }), startMariaDb()]);
  });
  after(() => Promise.all([provider?.stop(), database?.stop()]));

  /** A site for one test, with these options beside the usual ones. */
  async function shop(context, options = {}, more = {}) {
    const site = await openShop(provider, { options, ...more });
    context.after(() => site.stop());
    return { site, client: new Client(site.wire) };
  }

  test('sends the key to the provider and to nobody else, and keeps it nowhere in clear', async (context) => {
    // The key is where the settings page puts it, not in wp-config.php.
    const { site, client } = await shop(context, {}, { constants: { CANDOR_API_KEY: '', WP_DEBUG_LOG: true } });
    await site.php(`Candor\\ApiKey::store( '${KEY}' ); return true;`);
    const visitor = await client.visitor();
    const conversation = await visitor.conversation();
    const whole = await visitor.ask(conversation, 'hello');
    assert.match(whole.reply.content, /^Hello, and welcome\./);
    const echoed = await visitor.post(`${conversation}/messages`, { content: 'fail: echoed key' }, { accept: 'application/json' });
    assert.equal(echoed.status, 502);
    assert.match(echoed.json.upstream.message, /^The key .* is not valid\.$/);
    const owner = client.with(await site.signIn());
    const seen = [
      echoed.body, JSON.stringify(whole), JSON.stringify(await visitor.messages(conversation)),
      (await owner.get('/diagnostics/errors')).body, (await owner.post('/diagnostics/checks')).body,
      (await client.get('/config')).body, await (await fetch(site.address)).text(), site.said(),
    ];
    for (const text of seen) assert.ok(!text.includes(KEY), text);
    // Database, log and all: the site's whole content is a folder.
    const kept = await everythingIn(site.content);
    assert.ok(kept.includes('Hello, and welcome'), 'the database was looked into');
    assert.ok(!kept.includes(KEY));
  });

  test('decides on model and instructions, whatever a visitor sends', async (context) => {
    const instructions = 'You sell bicycles, and speak of nothing else.';
    const { client } = await shop(context, { assistants: { main: { instructions } }, max_output_tokens: 300 });
    const visitor = await client.visitor();
    const conversation = await visitor.conversation();
    const mark = `hello ${Math.random()}`;
    await visitor.ask(conversation, mark);
    await visitor.post(`${conversation}/messages`, { content: 'fail: overloaded' }, { accept: 'application/json' });
    await visitor.ask(conversation, `${mark} again`);
    const { body } = provider.requests.find(({ body: { messages } }) => messages.at(-1).content === `${mark} again`);
    assert.deepEqual([body.model, body.stream], [MODEL, true]);
    assert.ok([body.max_tokens, body.max_completion_tokens].includes(300), JSON.stringify(body));
    const said = body.messages.map(({ role, content }) => `${role}: ${content}`);
    assert.equal(said[0], `system: ${instructions}`);
    assert.equal(said[1], `user: ${mark}`);
    assert.match(said[2], /^assistant: Hello, and welcome\./);
    assert.equal(said.at(-1), `user: ${mark} again`);
  });

  test('bounds what an address may send in a day, and no header that anybody can write gets around it', async (context) => {
    const { client } = await shop(context, { limits_answers_address_day: 3 });
    const forged = ['X-Forwarded-For', 'X-Real-IP', 'CF-Connecting-IP', 'True-Client-IP', 'Client-IP', 'Forwarded'];
    for (let sent = 0; sent < 4; sent += 1) {
      const address = `203.0.113.${sent}`;
      const headers = Object.fromEntries(forged.map((name) => [name, name === 'Forwarded' ? `for=${address}` : address]));
      const visitor = (await client.visitor()).with(headers);
      const answer = await visitor.post(`${await visitor.conversation()}/messages`, { content: 'hello' }, { accept: 'application/json' });
      if (sent < 3) answer.expect(200);
      else answer.refused(429, 'address_limit');
    }
  });

  test('believes a reverse proxy that the owner names, and of its header the part that it wrote itself', async (context) => {
    const { client } = await shop(context, { limits_answers_address_day: 2, trusted_proxies: ['127.0.0.0/8'] });
    const send = async (chain) => {
      const visitor = (await client.visitor()).with({ 'x-forwarded-for': chain });
      return visitor.post(`${await visitor.conversation()}/messages`, { content: 'hello' }, { accept: 'application/json' });
    };
    for (const chain of ['203.0.113.1', '198.51.100.7, 203.0.113.1']) (await send(chain)).expect(200);
    // Whoever is behind it wrote the first part.
    (await send('192.0.2.9, 203.0.113.1')).refused(429, 'address_limit');
    (await send('203.0.113.2')).expect(200);
  });

  test('keeps what is of the moment in files that no other account of the machine reads', async (context) => {
    const { site, client } = await shop(context, { keep_days: 0 });
    const stream = await (await client.visitor()).open('POST', '/replies', { messages: [{ role: 'user', content: 'a long story' }] }, { 'idempotency-key': 'one' });
    await stream.until(({ text }) => text.length > 100);
    const temporary = join(site.content, 'temp');
    const folders = (await readdir(temporary)).filter((name) => name.startsWith('candor-')).map((name) => join(temporary, name));
    assert.equal(folders.length, 2, 'the site’s and the server’s');
    let count = 0;
    for (const folder of folders) {
      assert.equal((await stat(folder)).mode & 0o777, 0o700, folder);
      for (const name of await readdir(folder)) {
        const mode = await stat(join(folder, name)).then(({ mode }) => mode & 0o777, () => null);
        // One that was there for a moment alone is gone.
        if (mode === null) continue;
        assert.equal(mode, 0o600, name);
        count += 1;
      }
    }
    assert.ok(count >= 4, `${count}: the reply, its key, who writes it, and the worker`);
    stream.cut();
  });

  test('lets go of what is older than the owner wants, and of nothing else', async (context) => {
    const { site, client } = await shop(context, { keep_days: 30, error_days: 7 });
    const visitor = await client.visitor();
    const [old, young] = [await visitor.conversation({ title: 'Old' }), await visitor.conversation({ title: 'Young' })];
    await visitor.ask(old, 'hello');
    await visitor.post(`${young}/messages`, { content: 'fail: missing scopes' }, { accept: 'application/json' });
    const change = (statement) => site.php(`global $wpdb; return $wpdb->query( str_replace( 'candor_', $wpdb->prefix . 'candor_', "${statement}" ) );`);
    const upkeep = () => site.must("do_action( 'candor_upkeep' ); return true;");
    const titles = async () => (await visitor.list()).conversations.map(({ title }) => title).sort();
    const errors = async () => (await client.with(await site.signIn()).get('/diagnostics/errors')).expect(200).errors.length;
    await upkeep();
    assert.deepEqual([await titles(), await errors()], [['Old', 'Young'], 1]);
    await change(`UPDATE candor_conversations SET updated_at = ${Date.now() - 31 * DAY} WHERE title = 'Old'`);
    for (const set of ['candor_errors SET time', 'candor_error_groups SET last_at']) await change(`UPDATE ${set} = ${Date.now() - 8 * DAY}`);
    await upkeep();
    assert.deepEqual([await titles(), await errors()], [['Young'], 0]);
    (await visitor.get(`${old}/messages`)).refused(404, 'not_found');
    assert.equal(await site.php("global $wpdb; return (int) $wpdb->get_var( \"SELECT COUNT(*) FROM {$wpdb->prefix}candor_messages\" );"), 2, 'the messages of the old one are gone with it');
  });

  test('keeps a visitor without a conversation for a day after they were here, and goes on where the database does not', async (context) => {
    const { site, client } = await shop(context, { keep_days: 0 });
    const visitor = await client.visitor();
    const upkeep = () => site.must("do_action( 'candor_upkeep' ); return true;");
    const later = (hours) => site.php(`global $wpdb; return $wpdb->query( "UPDATE {$wpdb->prefix}candor_visitors SET seen_at = seen_at - ${hours} * 3600000" );`);
    const isKnown = async () => (await visitor.get('/conversations')).status === 200;
    await later(23);
    assert.ok(await isKnown(), 'who is here again');
    await later(23);
    await upkeep();
    assert.ok(await isKnown());
    await later(26);
    await upkeep();
    assert.ok(!await isKnown());
    await site.php('global $wpdb; return $wpdb->query( "DROP TABLE {$wpdb->prefix}candor_counters" );');
    await upkeep();
  });

  test('gives a visitor whose token is older than 90 days another, and ends the old one once that is used', async (context) => {
    const { site, client } = await shop(context);
    const visitor = await client.visitor();
    await visitor.conversation({ title: 'Mine' });
    const fresh = await visitor.get('/conversations');
    assert.equal(fresh.header('candor-token'), '');
    await site.php(`global $wpdb; return $wpdb->query( "UPDATE {$wpdb->prefix}candor_tokens SET created_at = ${Date.now() - 91 * DAY}" );`);
    const lost = await visitor.get('/conversations');
    assert.match(lost.header('candor-token'), /^ct_[0-9a-f]{64}$/, 'an answer that may be lost');
    const answer = await visitor.get('/conversations');
    const token = answer.header('candor-token') || lost.header('candor-token');
    const renewed = client.with({ authorization: `Bearer ${token}` });
    assert.deepEqual((await renewed.list()).conversations.map(({ title }) => title), ['Mine']);
    (await visitor.get('/conversations')).refused(401, 'unauthorized');
    assert.equal((await renewed.get('/conversations')).header('candor-token'), '');
  });

  test('keeps of a token its hash alone', async (context) => {
    const { site, client } = await shop(context);
    const visitor = await client.visitor();
    await visitor.conversation({ title: 'Mine' });
    const token = visitor.headers.authorization.replace('Bearer ', '');
    const kept = await everythingIn(site.content);
    assert.ok(kept.includes('Mine') && !kept.includes(token) && !kept.includes(token.slice(3)));
  });

  test('tells a provider that is not there, and one without a key, as what they are', async (context) => {
    const { site, client } = await shop(context, { base_url: 'http://127.0.0.1:9/v1' });
    const ask = async () => {
      const visitor = await client.visitor();
      return visitor.post(`${await visitor.conversation()}/messages`, { content: 'hello' }, { accept: 'application/json' });
    };
    (await ask()).refused(502, 'unreachable_provider');
    await site.setOption('candor', { ...settings(provider), base_url: 'https://provider.invalid/v1' });
    (await ask()).refused(502, 'dns_failure');
    const keyless = await shop(context, {}, { constants: { CANDOR_API_KEY: '' } });
    const visitor = await keyless.client.visitor();
    const answer = await visitor.post(`${await visitor.conversation()}/messages`, { content: 'hello' }, { accept: 'application/json' });
    // Some need none, so that the provider is asked all the same.
    assert.deepEqual([answer.status, answer.json.upstream.status, answer.json.upstream.message], [502, 401, "You didn't provide an API key."]);
  });

  for (const [what, options] of [['SQLite', () => ({})], ['MariaDB', () => ({ database })]]) {
    test(`asks the provider once for all who run checks at the same moment, on ${what}`, async (context) => {
      const slow = await startProvider({ silence: 1500 });
      context.after(() => slow.stop());
      const site = await openShop(slow, options());
      context.after(() => site.stop());
      const client = new Client(site.wire);
      const visitors = await Promise.all(Array.from({ length: 4 }, () => client.visitor()));
      const seen = await Promise.all(visitors.map(async (visitor) => {
        const { events, last } = await (await visitor.open('POST', '/diagnostics/checks')).end();
        assert.equal(last.name, 'done');
        return JSON.stringify(events.filter(({ name }) => name === 'check').map(({ data }) => data));
      }));
      assert.equal(new Set(seen).size, 1, seen.join('\n'));
      assert.deepEqual(JSON.parse(seen[0]).map(({ outcome }) => outcome), ['pass', 'pass', 'pass']);
      assert.equal(slow.requests.length, 1);
      assert.deepEqual(site.complaints(), []);
    });
  }

  test('gives each assistant its own instructions and its own conversations', async (context) => {
    const assistants = { main: { title: 'Shop' }, workshop: { title: 'Workshop', instructions: 'You repair bicycles.' } };
    const { client } = await shop(context, { assistants });
    const workshop = new Client(`${client.base}/assistants/workshop`);
    assert.deepEqual([(await client.get('/config')).expect(200).title, (await workshop.get('/config')).expect(200).title], ['Shop', 'Workshop']);
    const visitor = await client.visitor();
    const there = workshop.with(visitor.headers);
    const mark = `hello ${Math.random()}`;
    await there.ask(await there.conversation(), mark);
    await visitor.conversation({ title: 'Of the shop' });
    assert.deepEqual((await visitor.list()).conversations.map(({ title }) => title), ['Of the shop']);
    assert.deepEqual((await there.list()).conversations.map(({ title }) => title), [mark]);
    const { body } = provider.requests.find(({ body: { messages } }) => messages.at(-1).content === mark);
    assert.deepEqual(body.messages[0], { role: 'system', content: 'You repair bicycles.' });
    (await client.get('/assistants/nobody/config')).refused(404, 'no_route');
  });
});
