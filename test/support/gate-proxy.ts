import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What of the bytes on their way to a server makes a gate close. */
export type Sign = (bytes: string) => boolean;

export interface GateProxy {
  readonly address: string;
  /** Resolves when the sign has come; from then on nothing is passed on to the server, the bytes that hold it included. */
  holdAt(sign: Sign): Promise<void>;
  /** Resolves when the sign has come; from then on the server hears everything, and nobody hears it. */
  muteAt(sign: Sign): Promise<void>;
  /** Passes on what was kept, and everything that follows. */
  open(): void;
  /** Breaks all connections, forgets what was kept, and passes on what follows. */
  cut(): void;
  stop(): void;
}

type Way = 'there' | 'back';

/**
 * Stands before a server, and keeps what is said to it, or by it, from a chosen moment on. `server`: host:port, or the path
 * of its socket.
 */
export async function gateBefore(server: string): Promise<GateProxy> {
  const [host = '', port] = server.split(':');
  const reach = (): Socket => (server.startsWith('/') ? connect(server) : connect(Number(port), host));
  const sockets = new Set<Socket>();
  const kept: Record<Way, (() => void)[]> = { there: [], back: [] };
  let closed: Way | undefined;
  let watch: { readonly way: Way; readonly sign: Sign; readonly seen: () => void } | undefined;

  const pass = (way: Way, to: Socket, bytes: Buffer): void => {
    const write = (): void => void to.write(bytes);
    if (closed === way) kept[way].push(write);
    else write();
  };
  const door = createServer((near) => {
    const far = reach();
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      const leave = (): void => {
        sockets.delete(socket);
        other.destroy();
      };
      sockets.add(socket.on('error', leave).on('close', leave));
    }
    near.on('data', (bytes: Buffer) => {
      if (watch?.sign(bytes.toString('latin1')) === true) {
        closed = watch.way;
        watch.seen();
        watch = undefined;
      }
      pass('there', far, bytes);
    });
    far.on('data', (bytes: Buffer) => pass('back', near, bytes));
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const closeAt = (way: Way, sign: Sign) => new Promise<void>((seen) => (watch = { way, sign, seen }));
  return {
    address: `127.0.0.1:${(door.address() as AddressInfo).port}`,
    holdAt: (sign) => closeAt('there', sign),
    muteAt: (sign) => closeAt('back', sign),
    open: () => {
      closed = undefined;
      for (const write of [...kept.there.splice(0), ...kept.back.splice(0)]) write();
    },
    cut: () => {
      closed = undefined;
      for (const way of [kept.there, kept.back]) way.splice(0);
      for (const socket of sockets) socket.destroy();
    },
    stop: () => {
      door.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
