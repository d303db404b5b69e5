// The states of the chat that are not its plain one, and how a visitor comes to each: for what looks at them.

import { fakeRecognition } from './recognition.mjs';
import { grown, page, startProxy, startSite, tag } from './product.mjs';

const OWNER = 'only-the-owner';

/** Starts what the states need: three chat servers, and a customer's site. */
export async function startStates() {
  const open = await startProxy({ CANDOR_OWNER_TOKEN: OWNER });
  const off = await startProxy({ CANDOR_OWNER_TOKEN: OWNER, CANDOR_DIAGNOSTICS: 'off', CANDOR_CONTACT: 'help@shop.example' });
  const challenging = await startProxy({ CANDOR_CHALLENGE: 'altcha', CANDOR_CHALLENGE_SECRET: 'a-secret-of-the-tests' });
  const head = '<meta name="viewport" content="width=device-width">';
  const site = await startSite({
    '/': page(head + tag(open)),
    '/off': page(head + tag(off)),
    '/challenge': page(head + tag(challenging)),
    '/contact': page(head + tag(open, 'data-contact="+49 30 123456"')),
    '/owner': page(head + tag(off, 'data-tab="diagnostics" data-owner="sign-in"')),
  });
  return {
    origin: site.origin,
    stop: () => Promise.all([site, open, off, challenging].map((part) => part.stop())),
  };
}

async function fail({ chat }) {
  await chat.open();
  await chat.ask('fail: missing scopes');
  await chat.answers('The assistant can’t answer right now.');
}

async function search({ tab, chat }, words) {
  await chat.open();
  await chat.ask('hello');
  await tab.getByRole('button', { name: 'New conversation' }).click();
  await chat.ask('Do you fit child seats on a Brompton?');
  await chat.show('History');
  await tab.locator('.row').nth(1).waitFor();
  await tab.getByRole('searchbox').fill(words);
}

/** Each with the page that it is reached from, and the way there. */
export const STATES = [
  {
    name: 'messages that wait',
    path: '/',
    reach: async ({ tab, chat }) => {
      await chat.open();
      await chat.say('Tell me a long story');
      await grown(tab, 100);
      await chat.say('And do you fit child seats on a Brompton?');
      await chat.say('Thank you');
      await tab.getByRole('button', { name: 'Take back' }).nth(1).waitFor();
    },
  },
  {
    name: 'offline',
    path: '/',
    reach: async ({ context, tab, chat }) => {
      await chat.open();
      await chat.ask('hello');
      await context.setOffline(true);
      await chat.say('Are you open on Sunday?');
      await chat.answers('This device is offline.');
      await chat.say('Or on Monday?');
      await tab.getByRole('button', { name: 'Take back' }).waitFor();
    },
  },
  {
    name: 'something to solve first',
    path: '/challenge',
    reach: async ({ tab, chat }) => {
      await chat.open();
      await chat.say('Are you open on Sunday?');
      await tab.getByRole('checkbox', { name: 'I’m not a robot' }).waitFor();
    },
  },
  { name: 'failed for good, a telephone to turn to', path: '/contact', reach: fail },
  { name: 'failed for good, diagnostics off', path: '/off', reach: fail },
  {
    name: 'failed for now',
    path: '/',
    reach: async ({ chat }) => {
      await chat.open();
      await chat.ask('fail: overloaded');
      await chat.retry.waitFor();
    },
  },
  {
    name: 'the list of its keys',
    path: '/',
    reach: async ({ tab, chat }) => {
      await chat.open();
      await chat.ask('hello');
      await chat.log.press('?');
      await tab.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    },
  },
  {
    name: 'the microphone on',
    path: '/',
    reach: async ({ tab, chat }) => {
      await tab.evaluate(fakeRecognition);
      await chat.open();
      await tab.getByRole('button', { name: 'Dictate' }).click();
      await tab.locator('.listening').filter({ hasText: 'Listening…' }).waitFor();
    },
  },
  {
    name: 'a search that finds',
    path: '/',
    reach: async (visitor) => {
      await search(visitor, 'Brompton');
      await visitor.tab.getByText('1 conversation found').waitFor({ state: 'attached' });
    },
  },
  {
    name: 'a search that finds nothing',
    path: '/',
    reach: async (visitor) => {
      await search(visitor, 'zebra');
      await visitor.tab.getByText('No conversation has these words').first().waitFor({ state: 'attached' });
    },
  },
  {
    name: 'the question before deleting',
    path: '/',
    reach: async (visitor) => {
      await search(visitor, '');
      await visitor.tab.getByRole('button', { name: /^Delete (?!everything)/ }).first().click();
      await visitor.tab.getByRole('button', { name: 'Keep' }).waitFor();
    },
  },
  {
    name: 'the owner is asked in',
    path: '/owner',
    reach: async ({ tab, chat }) => {
      await chat.launcher.click();
      await tab.getByText('Are you the site’s owner?').click();
      await tab.getByLabel('Owner token').waitFor();
    },
  },
  {
    name: 'the owner is in',
    path: '/owner',
    reach: async ({ tab, chat }) => {
      await chat.launcher.click();
      await chat.show('Chat');
      await chat.ask('fail: missing scopes');
      await chat.show('Diagnostics');
      await tab.getByText('Are you the site’s owner?').click();
      await tab.getByLabel('Owner token').fill(OWNER);
      await tab.getByRole('button', { name: 'Sign in' }).click();
      await tab.getByRole('list', { name: 'Errors of all visitors' }).waitFor({ state: 'attached' });
    },
  },
  {
    name: 'an answer came while the chat was closed',
    path: '/',
    reach: async ({ tab, chat }) => {
      await chat.open();
      await chat.say('hello');
      await tab.getByRole('button', { name: 'Close chat' }).click();
      await tab.getByRole('button', { name: 'Open chat, 1 new message', exact: true }).waitFor();
    },
  },
];
