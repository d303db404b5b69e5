// Ports for servers that cannot be asked which one they have taken.

import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what Linux, macOS and Windows give by themselves (RFC 6335; `ip_local_port_range`): no server that takes any port, and no
    connection, takes one of these before the server that it is for. */
const FIRST = 20_000;
const COUNT = 12_000;

/** A port that was free a moment ago. */
export async function freePort() {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      if (error.code === 'EADDRINUSE') continue;
      throw error;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
