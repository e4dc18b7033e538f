// A TCP proxy that can break a connection in the middle of a message.
import {once} from 'node:events';
import net from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';

const DEADLINE_MS = 5000; // for a reader that takes nothing

/**
 * Listens on a free port and passes everything on to 127.0.0.1:`port`. `connections` holds what is open and was,
 * each with the first line that the client sent.
 */
export async function startProxy(port) {
  const connections = [];
  const server = net.createServer((client) => {
    const connection = new Connection(client, net.connect(port, '127.0.0.1'));
    connections.push(connection);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    connections,
    /** The connection whose request line holds `path`. */
    to: (path) => connections.find((connection) => connection.first.includes(path)),
    stop: () => {
      for (const connection of connections) connection.destroy();
      server.close();
    },
  };
}

class Connection {
  constructor(client, upstream) {
    this.client = client;
    this.upstream = upstream;
    this.first = '';
    this.breaking = null;
    this.broken = new Promise((resolve) => {
      this.done = resolve;
    });
    this.pass(client, upstream, 'from_client');
    this.pass(upstream, client, 'from_server');
  }

  pass(from, to, direction) {
    from.on('data', (chunk) => {
      if (direction === 'from_client' && !this.first) this.first = chunk.toString('latin1').split('\r\n')[0];
      if (this.breaking?.direction === direction && chunk.includes(this.breaking.holding)) {
        this.breaking = 'now';
        this.breakBehind(to, chunk.subarray(0, chunk.length >> 1));
      } else if (this.breaking !== 'now') {
        to.write(chunk);
      }
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }

  /** Of the next piece in `direction` that holds this text, half gets through; then both ends see a reset. */
  breakIn(direction, holding) {
    this.breaking = {direction, holding};
    return this.broken;
  }

  /** The kernel has the half before the reset: what it handed on can be read before the reset is seen. */
  async breakBehind(to, half) {
    const written = new Promise((resolve) => to.write(half, resolve)); // also when `to` is gone
    await Promise.race([written, sleep(DEADLINE_MS, null, {ref: false})]);
    this.reset();
  }

  reset() {
    this.client.resetAndDestroy();
    this.upstream.resetAndDestroy();
    this.done();
  }

  destroy() {
    this.client.destroy();
    this.upstream.destroy();
  }
}
