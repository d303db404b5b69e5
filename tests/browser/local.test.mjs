// Conversations that the browser keeps: where the proxy keeps nothing, and where a gateway is asked without a proxy.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { TRIALS, play } from '../streams/trials.mjs';
import { REASONING_MODEL, STRICT_MODEL, THOUGHT, missed, refusal } from '../wordpress/provider.mjs';
import { assertQuiet, Chat, grown, launchChromium, launchFirefox, openDiagnostics, page, startProxy, startSite, tag, visit } from './product.mjs';

const STORY = 'Tell me a long story';

const said = (chat) => chat.log.getByRole('article').allTextContents();

const rows = (tab) => tab.getByRole('list', { name: 'Conversations' }).getByRole('listitem');

/** What a tab sends with `POST replies` from now on: the message’s id, of each answer whether it is signed, and the status it was answered with. */
function sentReplies(tab) {
  const sent = [];
  tab.on('response', (response) => {
    const request = response.request();
    if (request.method() !== 'POST' || !request.url().endsWith('/replies')) return;
    const answers = request.postDataJSON().messages.filter(({ role }) => role === 'assistant');
    sent.push({ id: request.headers()['idempotency-key'], signed: answers.map(({ signature }) => signature !== undefined), status: response.status() });
  });
  return sent;
}

/** The same without ids. */
const told = (sent) => sent.map(({ signed, status }) => ({ signed, status }));

/** Everything of History, as a visitor uses it, with the conversation "hello" open. */
async function useHistory(tab, chat) {
  await tab.getByRole('button', { name: 'New conversation' }).click();
  await chat.ask('Something about markdown');
  await chat.show('History');
  await rows(tab).nth(1).waitFor();
  const search = tab.getByRole('searchbox', { name: 'Search conversations' });
  await search.fill('HELLO');
  await rows(tab).nth(1).waitFor({ state: 'detached' });
  await tab.getByRole('button', { name: 'Rename hello' }).click();
  await tab.getByRole('textbox', { name: 'Title' }).fill('Greetings');
  await tab.getByRole('button', { name: 'Save' }).click();
  await tab.getByRole('button', { name: 'Open Greetings' }).waitFor();
  await search.fill('');
  await rows(tab).nth(1).waitFor();
  await tab.getByRole('button', { name: 'Delete Something' }).click();
  await tab.getByRole('group', { name: 'Delete Something' }).getByRole('button', { name: 'Delete' }).click();
  await rows(tab).nth(1).waitFor({ state: 'detached' });
  const download = tab.waitForEvent('download');
  await tab.getByRole('button', { name: 'Download as text' }).click();
  const text = await (await (await download).createReadStream()).toArray();
  assert.match(Buffer.concat(text).toString(), /^# Conversation\n\n> Greetings\n\n## You\n\n> hello\n/);
  await tab.getByRole('button', { name: 'Open Greetings' }).click();
  await chat.log.getByText('welcome').first().waitFor();
}

/** A gateway that speaks chat completions, as the page may ask it. It holds a reply to "wait" back until it is let go. */
async function startGateway() {
  const asked = [];
  let letGo = () => {};
  const server = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'content-type');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    if (request.url === '/v1/models') return response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}');
    const body = JSON.parse(Buffer.concat(await request.toArray()));
    const seen = { headers: request.headers, body, closed: once(response, 'close') };
    asked.push(seen);
    if (body.model === STRICT_MODEL) {
      const refused = refusal(body);
      const answer = refused
        ? { error: { message: refused, type: 'invalid_request_error', param: null, code: 'unsupported_value' } }
        : { choices: [{ index: 0, message: { role: 'assistant', content: 'In one piece.' }, finish_reason: 'stop' }] };
      return response.writeHead(refused ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }
    const question = body.messages.at(-1).content;
    const misses = body.model === REASONING_MODEL && missed(body);
    if (misses) return response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: misses, type: 'invalid_request_error', param: null, code: 'invalid_request_error' } }));
    if (question === 'forbidden') {
      const error = { error: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' } };
      return response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(error));
    }
    const [, trial] = question.match(/^play: (.*)$/) ?? [];
    if (trial) return play(trial, response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const piece = (delta, finish_reason = null) => response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    if (body.model === REASONING_MODEL) piece({ reasoning_content: THOUGHT });
    if (question === 'think aloud') {
      piece({ content: 'Well, the visitor wants thoughts.' });
      await new Promise((resolve) => (letGo = resolve));
      for (const content of [' So be it.</th', 'ink>', '\n\n']) piece({ content });
    }
    piece({ role: 'assistant', content: question === 'hello' ? 'Hello, and welcome. ' : 'Certainly, here it comes. ' });
    if (question.startsWith('wait')) await new Promise((resolve) => (letGo = resolve));
    piece({ content: 'This is all.' });
    piece({}, 'stop');
    response.end('data: [DONE]\n\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  });
  return { origin: `http://127.0.0.1:${server.address().port}`, asked, letGo: () => letGo(), stop };
}

describe('Where the proxy keeps nothing', { concurrency: 2 }, () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy({ CANDOR_KEEP_DAYS: '0', CANDOR_OWNER_TOKEN: 'only-the-owner' });
    site = await startSite({ '/': page(tag(proxy)) });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  test('the conversation is in the browser, with its History, and outlives a reload', async () => {
    const { tab, chat, said: console, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await tab.reload();
    await chat.open();
    await chat.answers('Hello, and welcome.');
    await useHistory(tab, chat);
    await chat.show('Diagnostics');
    await tab.getByText('this browser (IndexedDB)').waitFor();
    assertQuiet(console);
    await close();
  });

  test('who reloads in the middle of an answer reads it to its end, and it was asked for once', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.say(STORY);
    await grown(tab, 100);
    await tab.reload();
    await chat.open();
    // The input is there before the messages are.
    await chat.replies.last().waitFor();
    await chat.send.waitFor({ timeout: 60_000 });
    const whole = await said(chat);
    await tab.reload();
    await chat.open();
    await chat.replies.last().waitFor();
    assert.deepEqual(await said(chat), whole);
    assert.equal(whole.length, 2);
    await close();
  });

  test('an answer goes on while another conversation is open, and is unread then', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.say(STORY);
    await grown(tab, 100);
    await tab.getByRole('button', { name: 'New conversation' }).click();
    await chat.ask('hello');
    await chat.show('History');
    await tab.getByRole('button', { name: /^Open Tell me a long story.*not read yet/ }).waitFor({ timeout: 60_000 });
    await tab.getByRole('button', { name: /^Open Tell me/ }).click();
    // The input is there before the messages are.
    await chat.replies.last().waitFor();
    await chat.send.waitFor();
    assert.equal((await said(chat)).length, 2);
    await close();
  });

  test('stop ends the answer, which keeps what had come', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.say(STORY);
    await grown(tab, 100);
    await chat.stop.click();
    await chat.log.getByText('Stopped.').waitFor();
    const kept = await said(chat);
    await tab.reload();
    await chat.open();
    await chat.log.getByText('Stopped.').waitFor();
    assert.deepEqual(await said(chat), kept);
    await close();
  });

  test('answers go back to the proxy signed, also after a reload, and those that were stopped or failed', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    const sent = sentReplies(tab);
    await chat.open();
    await chat.ask('hello');
    await chat.say(STORY);
    await grown(tab, 100);
    await chat.stop.click();
    await chat.log.getByText('Stopped.').waitFor();
    await chat.ask('fail: broken stream');
    await chat.explain.waitFor();
    await tab.reload();
    await chat.open();
    await chat.explain.waitFor();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    // Who reloads before the end of an answer is kept asks for it once more, by the id of its message.
    const questions = sent.filter(({ id }, at) => sent.findIndex((other) => other.id === id) === at);
    assert.deepEqual(told(questions), [[], [true], [true, true], [true, true, true]].map((signed) => ({ signed, status: 200 })));
    await close();
  });

  test('a conversation goes on where its visitor has become another one, whose answers alone are signed then', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    const sent = sentReplies(tab);
    await chat.open();
    await chat.ask('hello');
    const gone = await tab.evaluate(async (endpoint) => {
      const headers = { authorization: `Bearer ${localStorage.getItem(`candor:token:${endpoint}`)}` };
      return (await fetch(`${endpoint}/visitors`, { method: 'DELETE', headers })).status;
    }, `${proxy.origin}/candor/v1`);
    assert.equal(gone, 204);
    for (const words of ['and again', 'and once more']) {
      await chat.ask(words);
      await tab.reload();
      await chat.open();
      await chat.replies.last().waitFor();
    }
    assert.equal((await said(chat)).length, 6);
    assert.deepEqual(told(sent), [
      { signed: [], status: 200 },
      { signed: [true], status: 401 },
      { signed: [true], status: 401 },
      { signed: [true], status: 400 },
      { signed: [false], status: 200 },
      { signed: [false, true], status: 200 },
    ]);
    await close();
  });

  test('what fails is told, kept, and asked for again', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('fail: overloaded');
    await chat.explain.waitFor();
    await tab.reload();
    await chat.open();
    await chat.explain.waitFor();
    await chat.retry.click();
    await chat.explain.waitFor();
    assert.equal((await said(chat)).length, 2);
    await close();
  });

  test('two tabs show one conversation, and a deleted one goes from both', async () => {
    const one = await visit(browser, site.origin);
    await one.chat.open();
    await one.chat.ask('hello');
    const tab = await one.context.newPage();
    await tab.goto(site.origin);
    const two = new Chat(tab);
    await two.open();
    await two.answers('Hello, and welcome.');
    await one.chat.say(STORY);
    await two.log.getByText(STORY).waitFor();
    await grown(tab, 100);
    await two.stop.click();
    await one.chat.log.getByText('Stopped.').waitFor();
    await two.log.getByText('Stopped.').waitFor();
    assert.deepEqual(await said(two), await said(one.chat));
    await one.chat.show('History');
    await one.tab.getByRole('button', { name: 'Delete hello' }).click();
    await one.tab.getByRole('group', { name: 'Delete hello' }).getByRole('button', { name: 'Delete' }).click();
    await two.log.getByText(STORY).waitFor({ state: 'detached' });
    await one.close();
  });

  test('a conversation that another tab deletes in the middle of an answer stays gone, and nobody goes on answering', async () => {
    const one = await visit(browser, site.origin);
    await one.chat.open();
    await one.chat.say(STORY);
    await grown(one.tab, 100);
    const tab = await one.context.newPage();
    await tab.goto(site.origin);
    const two = new Chat(tab);
    await two.open();
    await two.show('History');
    const stopped = one.tab.waitForRequest((request) => request.method() === 'DELETE' && request.url().includes('/replies/'));
    await tab.getByRole('button', { name: 'Delete Tell me' }).click();
    await tab.getByRole('group', { name: 'Delete Tell me' }).getByRole('button', { name: 'Delete' }).click();
    assert.equal((await (await stopped).response()).status(), 204);
    for (const chat of [one.chat, two]) {
      await chat.tab.reload();
      await chat.open();
      await chat.show('History');
      await chat.tab.getByText('No conversations yet.').waitFor();
    }
    await one.close();
  });

  test('where IndexedDB is denied the chat goes on in memory, and Diagnostics says so', async () => {
    const context = await browser.newContext();
    await context.addInitScript(() => {
      Object.defineProperty(window, 'indexedDB', { get: () => { throw new DOMException('denied', 'SecurityError'); } });
    });
    const tab = await context.newPage();
    await tab.goto(site.origin);
    const chat = new Chat(tab);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await chat.show('History');
    await tab.getByRole('button', { name: 'Open hello' }).waitFor();
    await chat.show('Diagnostics');
    await tab.getByRole('button', { name: 'Run checks' }).click();
    const line = tab.getByRole('region', { name: 'Checks' }).getByRole('listitem').filter({ hasText: 'Wrote into the browser’s storage' });
    await line.getByText('this page alone').waitFor();
    assert.match(await line.textContent(), /^warning/);
    await context.close();
  });
});

describe('A gateway that is asked without a proxy', { concurrency: 2 }, () => {
  let proxy, gateway, site, browser;
  before(async () => {
    proxy = await startProxy();
    gateway = await startGateway();
    const attributes = `data-transport="openai" data-endpoint="${gateway.origin}/v1" data-model="llama" data-system="Be kind." data-title="Local" data-suggestions="One|Two"`;
    site = await startSite({ '/': page(tag(proxy, attributes)), '/strict': page(tag(proxy, attributes.replace('llama', STRICT_MODEL))), '/thinking': page(tag(proxy, attributes.replace('llama', REASONING_MODEL))), '/down': page(tag(proxy, attributes.replace(gateway.origin, 'http://127.0.0.1:9'))) });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await gateway?.stop();
    await proxy?.stop();
  });

  test('is asked without what the model refuses, and at once in that form the next time', async () => {
    const { chat, close } = await visit(browser, `${site.origin}/strict`);
    await chat.open();
    for (const words of ['hello', 'and again']) {
      await chat.ask(words);
      await chat.answers('In one piece.');
    }
    const bodies = gateway.asked.map(({ body }) => body).filter(({ model }) => model === STRICT_MODEL);
    assert.equal(bodies.length, 4, 'two refusals, and two answers');
    assert.deepEqual([bodies[2].stream, bodies[2].messages], [false, [{ role: 'user', content: 'Be kind.\n\nhello' }]]);
    await close();
  });

  test('has its thoughts back where it misses them, also after a reload, and nobody sees them', async () => {
    const { tab, chat, close } = await visit(browser, `${site.origin}/thinking`);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome. This is all.');
    await tab.reload();
    await chat.open();
    await chat.log.getByText('hello').first().waitFor();
    await chat.ask('and again');
    const bodies = gateway.asked.map(({ body }) => body).filter(({ model }) => model === REASONING_MODEL);
    assert.equal(bodies.length, 3, 'one refusal, and two answers');
    const thoughts = bodies.map(({ messages }) => messages.filter(({ role }) => role === 'assistant').map((answer) => answer.reasoning_content));
    assert.deepEqual(thoughts, [[], [undefined], [THOUGHT]]);
    assert.doesNotMatch((await said(chat)).join(), /greet back/);
    await close();
  });

  test('has thoughts that nothing opened taken back once they close', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.say('think aloud');
    await chat.log.getByText('Well, the visitor wants thoughts.').waitFor();
    gateway.letGo();
    await chat.log.getByText('Certainly, here it comes. This is all.').waitFor();
    assert.doesNotMatch((await said(chat)).join(), /thoughts|So be it/);
    await tab.reload();
    await chat.open();
    await chat.log.getByText('This is all.').waitFor();
    assert.doesNotMatch((await said(chat)).join(), /visitor wants|So be it/);
    await close();
  });

  test('answers with what was said before, and the browser keeps it', async () => {
    const { tab, chat, said: console, close } = await visit(browser, site.origin);
    await chat.open();
    await tab.getByRole('dialog', { name: 'Local' }).waitFor();
    await tab.getByRole('button', { name: 'Two' }).waitFor();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome. This is all.');
    await chat.ask('and more');
    const { body, headers } = gateway.asked.find(({ body }) => body.messages.at(-1).content === 'and more');
    assert.equal(headers.authorization, undefined);
    assert.equal(body.model, 'llama');
    assert.deepEqual(body.messages.map(({ role, content }) => [role, content]), [
      ['system', 'Be kind.'], ['user', 'hello'], ['assistant', 'Hello, and welcome. This is all.'], ['user', 'and more'],
    ]);
    await tab.reload();
    await chat.open();
    await chat.log.getByText('and more').waitFor();
    await useHistory(tab, chat);
    assertQuiet(console);
    await close();
  });

  test('is stopped where the visitor stops it', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.say('wait for stop');
    await grown(tab, 10);
    await chat.stop.click();
    await chat.log.getByText('Stopped.').waitFor();
    await gateway.asked.find(({ body }) => body.messages.at(-1).content === 'wait for stop').closed;
    await close();
  });

  test('whose page is left in the middle of an answer: it is told, kept as far as it came, and asked for again', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.say('wait for me');
    await grown(tab, 10);
    await tab.reload();
    await chat.open();
    await chat.log.getByText('The answer was interrupted.').waitFor();
    await chat.retry.click();
    await grown(tab, 10);
    gateway.letGo();
    await chat.answers('This is all.');
    assert.equal((await said(chat)).length, 2);
    await close();
  });

  test('is shown whole or told as broken, whatever it streams, and the browser keeps the same', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    /** What is shown of the last answer, and whether its failure is told. */
    const shown = async () => [
      (await chat.replies.last().locator('.markdown').allInnerTexts()).join().replaceAll(/\s+/g, ' '), await chat.replies.last().getByRole('alert').count() > 0,
    ];
    const expectedOf = ({ expected }) => [expected.content.trim().replaceAll(/\s+/g, ' '), expected.status === 'failed'];
    for (const trial of TRIALS) {
      await chat.ask(`play: ${trial.name}`);
      assert.deepEqual(await shown(), expectedOf(trial), trial.name);
    }
    await tab.reload();
    await chat.open();
    await chat.log.getByText(`play: ${TRIALS.at(-1).name}`, { exact: true }).waitFor();
    assert.deepEqual(await shown(), expectedOf(TRIALS.at(-1)));
    const earlier = await chat.replies.locator('.markdown').allInnerTexts();
    const wanted = TRIALS.map(expectedOf).filter(([content]) => content).map(([content]) => content);
    assert.deepEqual(earlier.map((text) => text.replaceAll(/\s+/g, ' ')), wanted.slice(-earlier.length));
    assert.ok(earlier.length > 10);
    await close();
  });

  test('says what it refuses, in its own words', async () => {
    const { chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('forbidden');
    await chat.explain.click();
    await chat.says('API Error Type: invalid_request_error Message: Incorrect API key provided.');
    await close();
  });

  test('that is down is named as the broken link, and the checks find the one that is up', async () => {
    const up = await openDiagnostics(browser, site.origin);
    await up.check();
    await up.verdict.getByText('Every link holds.').waitFor();
    await up.close();
    const down = await openDiagnostics(browser, `${site.origin}/down`);
    await down.check();
    const links = await down.links();
    assert.notEqual(links.Page, 'works', JSON.stringify(links));
    await down.close();
  });
});

test('In Firefox too the browser keeps what the proxy does not', async () => {
  const proxy = await startProxy({ CANDOR_KEEP_DAYS: '0' });
  const site = await startSite({ '/': page(tag(proxy)) });
  const browser = await launchFirefox();
  const { tab, chat, close } = await visit(browser, site.origin);
  await chat.open();
  await chat.ask('hello');
  await tab.reload();
  await chat.open();
  await chat.answers('Hello, and welcome.');
  await close();
  await browser.close();
  await site.stop();
  await proxy.stop();
});
