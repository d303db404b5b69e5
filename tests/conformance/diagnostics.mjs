// The checks, and the owner's log of errors.

import assert from 'node:assert/strict';
import { assertProblem } from './wire.mjs';

const told = (events, name) => events.filter((event) => event.name === name).map(({ data }) => data);

export default {
  title: 'Checks and the owner’s log',
  cases: {
    'The checks come one by one behind eight timed pieces': async ({ client }) => {
      const visitor = await client.visitor();
      const { events } = await (await visitor.open('POST', '/diagnostics/checks')).end();
      const pulses = told(events, 'pulse');
      assert.deepEqual(pulses.map(({ number }) => number), [0, 1, 2, 3, 4, 5, 6, 7]);
      for (const [at, { sent }] of pulses.entries()) if (at) assert.ok(sent >= pulses[at - 1].sent + 55, JSON.stringify(pulses));
      const checks = told(events, 'check');
      assert.deepEqual(checks.map(({ id, link, outcome }) => [id, link, outcome]), [
        ['settings', 'proxy', 'pass'], ['models', 'provider', 'pass'], ['chat', 'model', 'pass'],
      ]);
      for (const { tried, evidence, duration } of checks) {
        assert.match(tried, /\w/);
        assert.match(evidence, /\w/);
        assert.ok(duration >= 0);
      }
      assert.deepEqual([events.at(-1).name, events.at(-1).data], ['done', {}]);
    },
    'The pieces arrive as they are sent': async ({ client }) => {
      const visitor = await client.visitor();
      const pulses = (number) => ({ events }) => told(events, 'pulse').length >= number;
      // A busy machine may read two pieces at once; one that is held back arrives with all the others, however often.
      for (let tries = 0, spread = 0; spread < 100; tries += 1) {
        assert.ok(tries < 3, `eight pieces of 60 ms arrived within ${spread} ms`);
        const stream = await visitor.open('POST', '/diagnostics/checks');
        await stream.until(pulses(1));
        const first = performance.now();
        await stream.until(pulses(8));
        spread = performance.now() - first;
        stream.cut();
      }
    },
    'A run of a moment ago is told again to visitors, so that nobody spends the owner’s money by checking': async ({ client }) => {
      const run = async () => JSON.stringify(told((await (await (await client.visitor()).open('POST', '/diagnostics/checks')).end()).events, 'check'));
      // Somebody else's run may have ended between two, but not between any two.
      const [runs, seen] = [5, new Set()];
      for (let times = 0; times < runs; times += 1) seen.add(await run());
      assert.ok(seen.size < runs, [...seen].join('\n'));
    },
    'The checks need a token': async ({ client }) => {
      (await client.post('/diagnostics/checks')).refused(401, 'unauthorized');
    },
    'The log of errors is the owner’s alone': async ({ client, owner }) => {
      (await client.get('/diagnostics/errors')).refused(401, 'owner_unauthorized');
      (await (await client.visitor()).get('/diagnostics/errors')).refused(401, 'owner_unauthorized');
      assert.ok(Array.isArray((await client.with(owner).get('/diagnostics/errors')).expect(200).errors));
    },
    'What owners did is the owner’s to read alone': async ({ client, owner }) => {
      (await client.get('/diagnostics/audit')).refused(401, 'owner_unauthorized');
      (await (await client.visitor()).get('/diagnostics/audit')).refused(401, 'owner_unauthorized');
      const { entries } = (await client.with(owner).get('/diagnostics/audit')).expect(200);
      const signedIn = entries.find(({ action }) => action === 'signed_in');
      assert.match(signedIn.address, /^(127\.0\.0\.1|::1|::\/64)$/);
      assert.ok(signedIn.owner.length > 0 && Math.abs(signedIn.time - Date.now()) < 3_600_000);
      for (const entry of entries) assert.deepEqual(Object.keys(entry).filter((name) => !['time', 'action', 'owner', 'address', 'detail'].includes(name)), []);
    },
    'The owner finds an error by the reference that a visitor quotes': async ({ client, owner, failure }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const references = [];
      for (let times = 0; times < 2; times += 1) {
        const answer = await visitor.post(`${conversation}/messages`, { content: failure }, { accept: 'application/json' });
        references.push(answer.json.reference);
      }
      const log = async (query) => (await client.with(owner).get(`/diagnostics/errors${query}`)).expect(200).errors;
      for (const reference of references) {
        const [found, ...others] = await log(`?reference=${reference}`);
        assert.deepEqual(others, []);
        assert.ok(found.references.includes(reference));
        assert.ok(found.count >= 1 && found.last >= found.first && found.references.length <= 20);
        assert.match(found.latest.upstream.message, /Missing scopes: model\.request/);
      }
      assert.deepEqual(await log('?reference=CR-NOSUCHID'), []);
      const groups = await log('');
      const group = groups.filter(({ references: these }) => these.includes(references[1]));
      assert.equal(group.length, 1, 'errors in the same words are one');
      assert.ok(group[0].count >= 2 && group[0].references.includes(references[0]));
      assert.deepEqual(groups.map(({ last }) => last), groups.map(({ last }) => last).sort((one, two) => two - one), 'the latest first');
    },
  },
};

/** The same under the owner's other settings of what visitors may see. */
export const reference = {
  title: 'What visitors see where the owner shows a reference',
  settings: { diagnostics: 'reference' },
  cases: {
    'Config does not tell provider and model': async ({ client }) => {
      const config = (await client.get('/config')).expect(200);
      assert.equal(config.diagnostics, 'reference');
      assert.ok(!('provider' in config) && !('model' in config), JSON.stringify(config));
    },
    'Of the provider’s words there are status, type, code and time to wait, and nobody has to guess the rest': async ({ client, failure, reads }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await (await visitor.say(conversation, failure)).end();
      assertProblem(stream.last.data, 502, reads ? 'missing_scope' : 'hidden');
      const { upstream } = stream.last.data;
      assert.deepEqual([upstream.status, upstream.type], [403, 'invalid_request_error']);
      const hidden = Object.entries(upstream).filter(([name, value]) => !['status', 'type', 'code', 'retry_after'].includes(name) && value !== null);
      assert.deepEqual(hidden, []);
      assert.deepEqual((await visitor.messages(conversation))[1].error, stream.last.data);
    },
    'The checks name neither provider nor model to a visitor, and both to the owner': async ({ client, owner, names }) => {
      const run = async (who) => told((await (await who.open('POST', '/diagnostics/checks')).end()).events, 'check');
      for (const name of names) {
        const [seen, whole] = [await run(await client.visitor()), await run(client.with(owner))];
        assert.ok(!JSON.stringify(seen.map(({ evidence }) => evidence)).includes(name), JSON.stringify(seen));
        assert.ok(JSON.stringify(whole.map(({ evidence }) => evidence)).includes(name), JSON.stringify(whole));
      }
    },
    'The owner’s log has everything': async ({ client, owner, failure }) => {
      const visitor = await client.visitor();
      const stream = await (await visitor.say(await visitor.conversation(), failure)).end();
      const { errors } = (await client.with(owner).get(`/diagnostics/errors?reference=${stream.last.data.reference}`)).expect(200);
      assert.match(errors[0].latest.upstream.message, /Missing scopes: model\.request/);
    },
  },
};

export const off = {
  title: 'What visitors see where the owner shows nothing',
  settings: { diagnostics: 'off' },
  cases: {
    'Neither the cause nor a word of the provider’s is told': async ({ client, failure }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await (await visitor.say(conversation, failure)).end();
      const { cause, type, upstream } = stream.last.data;
      assert.deepEqual([cause, type, upstream ?? null], ['hidden', 'urn:candor:problem:hidden', null]);
      assert.deepEqual((await visitor.messages(conversation))[1].error, stream.last.data);
    },
    'The proxy’s own refusals are told as ever': async ({ client }) => {
      (await client.get('/conversations')).refused(401, 'unauthorized');
      (await (await client.visitor()).get('/conversations/c_0')).refused(404, 'not_found');
    },
  },
};
