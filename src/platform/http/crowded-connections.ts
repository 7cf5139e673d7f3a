import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';

/**
 * Descriptors that a process has open before anybody calls: 45 were counted, with the connections of its pools. What it
 * lacks of these it cannot read a file with or reach its database by, and Node cannot even measure its memory.
 */
const OWN_DESCRIPTORS = 80;
/** A connection, and what it is answered from: a file of the registry, a bucket, another connection to the database. */
const DESCRIPTORS_OF_ONE = 2;
/** A flood is told once, not for each of its connections. */
const TOLD_MILLIS = 60_000;

/** How many may be connected at once; at least a few, so that whoever runs it sees it answer. */
export function connectionsMaxOf(descriptorLimit: number | null): number {
  return descriptorLimit === null ? Infinity : Math.max(8, Math.floor((descriptorLimit - OWN_DESCRIPTORS) / DESCRIPTORS_OF_ONE));
}

/**
 * Keeps a server from being filled by connections that say nothing: where there is no room for another, the one goes that
 * has been silent for longest. First of those that never asked for anything, then of those that were answered and are kept;
 * none that is being answered. A client that asks as soon as it is connected is answered amid any number of silent ones.
 *
 * Returns what ends all silent ones, for a server that closes: Node looks no more then for those whose request never ends
 * to begin.
 */
export function keepRoom(server: Server, connectionsMax: number): () => void {
  const crowd = new Crowd();
  const log = new Logger('Connections');
  let isTold = false;
  server.on('connection', (socket: Socket) => {
    crowd.enter(socket);
    if (crowd.size <= connectionsMax) return;
    crowd.whoLeavesFor(socket).destroy();
    if (isTold) return;
    isTold = true;
    setTimeout(() => (isTold = false), TOLD_MILLIS).unref();
    log.warn('as many are connected as descriptors allow: those that are silent make room for others', { connectionsMax });
  });
  // Of TLS there is another socket for the same peer, by which its requests come.
  server.on('secureConnection', (socket: Socket) => crowd.replace(socket));
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    crowd.asked(request.socket);
    response.once('close', () => crowd.answered(request.socket));
  });
  return () => crowd.endSilent();
}

/** Who is connected, by their address and port: no two have the same at one time. Maps keep the order in which peers came into them. */
class Crowd {
  readonly #all = new Map<string, Socket>();
  readonly #neverAsked = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #underWay = new Map<string, number>();

  get size(): number {
    return this.#all.size;
  }

  enter(socket: Socket): void {
    const peer = peerOf(socket);
    this.#all.set(peer, socket);
    this.#neverAsked.add(peer);
    this.#forgetAtEnd(peer, socket);
  }

  replace(socket: Socket): void {
    const peer = peerOf(socket);
    if (!this.#all.has(peer)) return;
    this.#all.set(peer, socket);
    this.#forgetAtEnd(peer, socket);
  }

  asked(socket: Socket): void {
    const peer = peerOf(socket);
    if (this.#all.get(peer) !== socket) return;
    this.#neverAsked.delete(peer);
    this.#answered.delete(peer);
    this.#underWay.set(peer, (this.#underWay.get(peer) ?? 0) + 1);
  }

  answered(socket: Socket): void {
    const peer = peerOf(socket);
    if (this.#all.get(peer) !== socket) return;
    const left = (this.#underWay.get(peer) ?? 1) - 1;
    this.#underWay.set(peer, left);
    if (left === 0) this.#answered.add(peer);
  }

  /** The newcomer itself only when everybody else is being answered. */
  whoLeavesFor(newcomer: Socket): Socket {
    const [oldest] = this.#neverAsked;
    const [idlest] = this.#answered;
    const peer = oldest !== undefined && oldest !== peerOf(newcomer) ? oldest : idlest;
    return peer === undefined ? newcomer : this.#all.get(peer)!;
  }

  endSilent(): void {
    for (const peer of [...this.#neverAsked, ...this.#answered]) this.#all.get(peer)?.destroy();
  }

  #forgetAtEnd(peer: string, socket: Socket): void {
    socket.once('close', () => {
      // The port may belong to another by now, or the socket of TLS stand in its place.
      if (this.#all.get(peer) !== socket) return;
      for (const place of [this.#all, this.#neverAsked, this.#answered, this.#underWay]) place.delete(peer);
    });
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
