// The network between the Gateway and the Core: a relay that can be cut.

import { connect, createServer } from 'node:net';

export class Link {
  #server;
  #sockets = new Set();
  #isCut = false;

  /**
   * @param {number} port of the Core on this machine
   * @returns {Promise<Link>}
   */
  static async to(port) {
    const link = new Link();
    link.#server = createServer((near) => link.#relay(near, port));
    await new Promise((resolve, reject) => {
      link.#server.once('error', reject);
      link.#server.listen(0, '127.0.0.1', () => resolve(undefined));
    });
    link.port = link.#server.address().port;
    return link;
  }

  cut() {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore() {
    this.#isCut = false;
  }

  async close() {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #relay(near, port) {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ]) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
