// WebKitGTK, the engine of Safari on Linux, driven by plain WebDriver: Playwright cannot drive it. It has a screen of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Builder } from 'selenium-webdriver';
import { DriverService } from 'selenium-webdriver/remote/index.js';
import { tag } from '../browser/product.mjs';

const WAIT_MS = 15_000;
const LOOK_MS = 20;

/** WebDriver has no way to the console: the page notes what it says, and what nobody caught. */
const RECORDER = `<script>
  window.said = [];
  for (const type of ['debug', 'log', 'info', 'warn', 'error']) {
    console[type] = (...words) => said.push(type + ': ' + words.join(' '));
  }
  addEventListener('error', (event) => said.push('uncaught: ' + event.message));
  addEventListener('unhandledrejection', (event) => said.push('uncaught: ' + event.reason));
</script>`;

/** What stands in the head of a customer's page, so that its console can be read. */
export const head = (proxy, attributes) => RECORDER + tag(proxy, attributes);

/** Starts a screen, and resolves with its name and how to end it. */
async function startScreen() {
  // The server chooses a free number, and writes it where it is told once it can be used.
  const child = spawn(process.env.XVFB, ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const lines = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const number = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdio[3] }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}:\n${lines.join('\n')}`)));
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await once(child, 'exit');
  };
  return { name: `:${number}`, stop };
}

/** The driver of WebKitGTK, for a browser on this screen. */
function driverOn(screen) {
  const environment = {
    ...process.env,
    DISPLAY: screen.name,
    // There is no desktop to talk to, and nobody who could be asked to start one.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    NO_AT_BRIDGE: '1',
    // Containers give neither what its sandbox takes, nor a graphics card.
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    WEBKIT_DISABLE_DMABUF_RENDERER: '1',
  };
  return new DriverService.Builder(process.env.WEBKIT_DRIVER).setLoopback(true).setEnvironment(environment).build();
}

/** A browser in which one visitor at a time meets a page. */
export async function startWebKit() {
  const screen = await startScreen();
  const driver = driverOn(screen);
  let session;
  const leave = async () => {
    const last = session;
    session = undefined;
    await last?.quit();
  };
  /** A visitor without a past. The one before leaves, since the driver has one browser at a time. */
  const visit = async (url) => {
    await leave();
    const capabilities = { browserName: 'MiniBrowser' };
    session = await new Builder().usingServer(await driver.address()).withCapabilities(capabilities).build();
    await session.get(url);
    return new Visitor(session);
  };
  const stop = async () => {
    try {
      await leave();
    } finally {
      await driver.kill();
      // A browser that is still there ends with its screen.
      await screen.stop();
    }
  };
  try {
    await driver.start(WAIT_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { visit, stop };
}

/** Who uses the chat of a page. What is evaluated in the page is given the widget's shadow root first. */
export class Visitor {
  constructor(driver) {
    this.driver = driver;
  }

  evaluate(act, ...values) {
    return this.driver.executeScript(`return (${act})(document.querySelector('candor-chat')?.shadowRoot, ...arguments)`, ...values);
  }

  /** Waits until something holds in the page, and gives what it gave. */
  until(holds, ...values) {
    const message = () => `waited in vain for ${holds} with ${JSON.stringify(values)}`;
    return this.driver.wait(() => this.evaluate(holds, ...values), WAIT_MS, message, LOOK_MS);
  }

  /** Waits for what is selected so in the widget, can be seen, and has a name that begins so. */
  find(selector, name = '') {
    return this.until(
      (root, selector, name) =>
        [...(root?.querySelectorAll(selector) ?? [])].find(
          (element) => element.checkVisibility() && (element.ariaLabel ?? element.textContent).trim().startsWith(name),
        ),
      selector,
      name,
    );
  }

  async click(selector, name) {
    await (await this.find(selector, name)).click();
  }

  async press(...keys) {
    await this.driver.actions().sendKeys(...keys).perform();
  }

  /** Opens the chat, where it is not open because it was so before the page was loaded anew. */
  async open() {
    const first = await this.find('.launcher, .panel');
    if ((await first.getAttribute('class')) === 'launcher') await first.click();
    await this.find('textarea', 'Message');
  }

  /** Sends a message and does not wait for the answer. */
  async say(words) {
    await (await this.find('textarea', 'Message')).sendKeys(words);
    await this.click('button', 'Send');
  }

  /** Sends a message and waits until the answer has come or failed. */
  async ask(words) {
    await this.say(words);
    await this.find('button', 'Send');
  }

  /** Waits until these words are in the last reply. */
  answers(words) {
    return this.until((root, words) => [...root.querySelectorAll('.message.assistant')].at(-1)?.textContent.includes(words), words);
  }

  /** Waits until these words are anywhere in the panel. */
  says(words) {
    return this.until((root, words) => root.querySelector('[role=dialog]').textContent.includes(words), words);
  }

  /** The texts of what is selected so in the widget. */
  texts(selector) {
    return this.evaluate((root, selector) => [...root.querySelectorAll(selector)].map((element) => element.textContent), selector);
  }

  /** What the console has said since the page was loaded. */
  said() {
    return this.evaluate(() => window.said);
  }
}
