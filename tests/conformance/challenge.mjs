// What new visitors solve before they are let in: ALTCHA's proof of work.

import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';

const LIFETIME_SECONDS = 600;

/** Asks for a challenge, which must have the form of ALTCHA's version 2. */
export async function offered(client) {
  const { kind, parameters, signature } = (await client.get('/challenge')).expect(200);
  assert.equal(kind, 'altcha');
  assert.match(signature, /^[0-9a-f]{64}$/);
  return { parameters, signature };
}

/** What ALTCHA's widget sends for a challenge. */
export function solved(challenge) {
  const { cost, keyLength, keyPrefix, nonce, salt } = challenge.parameters;
  const password = Buffer.concat([Buffer.from(nonce, 'hex'), Buffer.alloc(4)]);
  for (let counter = 0; ; counter += 1) {
    password.writeUInt32BE(counter, password.length - 4);
    const derivedKey = pbkdf2Sync(password, Buffer.from(salt, 'hex'), cost, keyLength, 'sha256').toString('hex');
    if (derivedKey.startsWith(keyPrefix)) return { challenge, solution: { counter, derivedKey, time: 12.3 } };
  }
}

export const payload = (value) => Buffer.from(JSON.stringify(value)).toString('base64');

const come = (client, challenge, headers) => client.post('/visitors', { challenge }, headers);

export default {
  title: 'A challenge for new visitors',
  settings: { challenge: 'altcha', challenge_secret: 'a-secret-of-the-tests', linking: true },
  cases: {
    'Nobody is let in who has solved nothing, and what to solve needs no token': async ({ client }) => {
      for (const body of [undefined, {}]) {
        const problem = (await client.post('/visitors', body)).refused(403, 'challenge_required');
        assert.deepEqual([problem.link, problem.retryable], ['proxy', false]);
      }
      const { parameters } = await offered(client);
      const { algorithm, cost, expiresAt, keyLength, keyPrefix, nonce, salt } = parameters;
      assert.deepEqual([algorithm, cost, keyLength, keyPrefix], ['PBKDF2/SHA-256', 50_000, 32, '0']);
      for (const random of [nonce, salt]) assert.match(random, /^[0-9a-f]{32}$/);
      assert.ok(Math.abs(expiresAt - Date.now() / 1000 - LIFETIME_SECONDS) < 60, String(expiresAt));
      assert.notEqual((await offered(client)).parameters.nonce, nonce);
    },
    'Who has solved it is a visitor, once': async ({ client }) => {
      const solution = payload(solved(await offered(client)));
      const { token } = (await come(client, solution)).expect(201);
      (await client.with({ authorization: `Bearer ${token}` }).get('/conversations')).expect(200);
      const problem = (await come(client, solution)).refused(403, 'challenge_failed');
      assert.deepEqual([problem.link, problem.retryable], ['proxy', false]);
    },
    'Of ten who send the same solution at the same time one is let in': async ({ client }) => {
      const solution = payload(solved(await offered(client)));
      const answers = await Promise.all(Array.from({ length: 10 }, () => come(client, solution)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(9).fill(403)]);
    },
    'What was changed, guessed or made up lets nobody in': async ({ client }) => {
      const right = solved(await offered(client));
      const { challenge, solution } = right;
      const changed = (parameters) => ({ challenge: { ...challenge, parameters: { ...challenge.parameters, ...parameters } }, solution });
      const wrong = {
        'a later end': changed({ expiresAt: challenge.parameters.expiresAt + 600 }),
        'no end': changed({ expiresAt: undefined }),
        'another nonce': changed({ nonce: '0'.repeat(32) }),
        'less to do': solved({ ...challenge, parameters: { ...challenge.parameters, cost: 1 } }),
        'nothing to find': solved({ ...challenge, parameters: { ...challenge.parameters, keyPrefix: '' } }),
        'another counter': { challenge, solution: { ...solution, counter: solution.counter + 1 } },
        'another key': { challenge, solution: { ...solution, derivedKey: `00${'1'.repeat(62)}` } },
        'no signature': { challenge: { parameters: challenge.parameters }, solution },
        'another signature': { challenge: { ...challenge, signature: '0'.repeat(64) }, solution },
        'no solution': { challenge },
        'a text': 'solved',
        nothing: null,
      };
      for (const [what, value] of Object.entries(wrong)) {
        const answer = await come(client, payload(value));
        assert.equal(answer.status, 403, `${what}: ${answer.body}`);
        answer.refused(403, 'challenge_failed');
      }
      for (const junk of ['', 'solved!', 'A'.repeat(20_000)]) (await come(client, junk)).refused(403, 'challenge_failed');
      (await client.post('/visitors', { challenge: 5 })).refused(422, 'invalid_request');
      (await come(client, payload(right))).expect(201);
    },
    'Another device of a visitor solves nothing': async ({ client }) => {
      const { token } = (await come(client, payload(solved(await offered(client))))).expect(201);
      const { code } = (await client.with({ authorization: `Bearer ${token}` }).post('/visitors/code')).expect(201);
      (await client.post('/visitors', { code })).expect(201);
    },
  },
};
