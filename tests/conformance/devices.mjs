// Another device of the same visitor, by a code.

import assert from 'node:assert/strict';

const newCode = async (visitor) => (await visitor.post('/visitors/code')).expect(201).code;

/** What a device becomes that gives this code. */
async function linked(device, code) {
  const { token } = (await device.post('/visitors', { code })).expect(201);
  return device.with({ authorization: `Bearer ${token}` });
}

const titles = async (visitor) => (await visitor.list()).conversations.map(({ title }) => title);

export default {
  title: 'Another device',
  settings: { linking: true },
  cases: {
    'Config says that visitors may go on on another device': async ({ client }) => {
      assert.equal((await client.get('/config')).expect(200).linking, true);
    },
    'A code brings the conversations of both devices together, however it is typed, and works once': async ({ client }) => {
      const [first, second] = [await client.visitor(), await client.visitor()];
      await first.conversation({ title: 'On the first' });
      await second.conversation({ title: 'On the second' });
      const { code, expires_at: expires } = (await first.post('/visitors/code')).expect(201);
      assert.match(code, /^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
      assert.ok(Math.abs(expires - Date.now() - 600_000) < 60_000, 'it is good for ten minutes');
      const device = await linked(second, code.toLowerCase().replace('-', ' '));
      assert.deepEqual(await titles(device), ['On the second', 'On the first']);
      assert.deepEqual(await titles(first), await titles(device));
      (await second.get('/conversations')).refused(401, 'unauthorized');
      (await client.post('/visitors', { code })).refused(404, 'link_code_unknown');
    },
    'A new code ends the one before, and the visitor’s end ends both': async ({ client }) => {
      const visitor = await client.visitor();
      const [old, latest] = [await newCode(visitor), await newCode(visitor)];
      (await client.post('/visitors', { code: old })).refused(404, 'link_code_unknown');
      (await visitor.delete('/visitors')).expect(204);
      (await client.post('/visitors', { code: latest })).refused(404, 'link_code_unknown');
    },
    'Other devices are signed out, and this one is not': async ({ client }) => {
      const first = await client.visitor();
      const second = await linked(client, await newCode(first));
      const unused = await newCode(first);
      (await first.delete('/visitors/others')).expect(204);
      (await second.get('/conversations')).refused(401, 'unauthorized');
      (await first.get('/conversations')).expect(200);
      (await client.post('/visitors', { code: unused })).refused(404, 'link_code_unknown');
    },
    'A code is a text of the right form, and beside nothing else': async ({ client }) => {
      (await client.post('/visitors', { code: 5 })).refused(422, 'invalid_request');
      (await client.post('/visitors', { code: '2222-2222', name: 'x' })).refused(422, 'invalid_request');
    },
  },
};

/** In settings of their own, as the twenty tries are everybody's. */
export const guessing = {
  title: 'Guessing codes',
  settings: { linking: true, title: 'Guessing' },
  cases: {
    'After twenty wrong codes a minute not even the right one is tried': async ({ client }) => {
      const code = await newCode(await client.visitor());
      for (let wrong = 0; wrong < 20; wrong += 1) (await client.post('/visitors', { code: '2222-2222' })).refused(404, 'link_code_unknown');
      const answer = await client.post('/visitors', { code });
      answer.refused(429, 'link_code_unknown');
      const wait = Number(answer.header('retry-after'));
      assert.ok(wait > 0 && wait <= 61, `Retry-After: ${wait}`);
    },
  },
};

export const off = {
  title: 'Where the proxy keeps, and other devices are not allowed',
  cases: {
    'Config says so': async ({ client }) => {
      const { keeps, linking } = (await client.get('/config')).expect(200);
      assert.deepEqual([keeps, linking ?? false], ['proxy', false]);
    },
    'There is no code, and none is taken': async ({ client }) => {
      (await (await client.visitor()).post('/visitors/code')).refused(403, 'linking_off');
      (await client.post('/visitors', { code: '2222-2222' })).refused(403, 'linking_off');
    },
    'A reply of which nothing is kept is refused': async ({ client }) => {
      const messages = [{ role: 'user', content: 'hello' }];
      (await (await client.visitor()).post('/replies', { messages })).refused(409, 'invalid_request');
    },
  },
};
