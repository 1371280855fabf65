import net from 'node:net';

/** A proxy in front of a broker, through which this process reaches it. For tests. */
export type BlackHole = {
  /** From now on, what is connected hears nothing and is not heard, and nobody is told. New connections work. */
  swallow(): void;
  /** Connections that were swallowed. */
  readonly swallowed: number;
  close(): Promise<void>;
};

/**
 * Leads every connection of this process to the port of a broker through a proxy. Brokers tell their clients where they
 * are, so a proxy at another address would only be asked once: the dialling itself is led astray.
 */
export async function openBlackHole(brokerPort: number): Promise<BlackHole> {
  const pairs = new Set<readonly [net.Socket, net.Socket]>();
  let swallowed = 0;
  const dial = net.connect;
  const proxy = net.createServer((client) => {
    const broker = dial({ port: brokerPort, host: '127.0.0.1' });
    const pair = [client, broker] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [broker, client] as const]) {
      from.on('error', () => undefined).pipe(to);
      from.once('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as net.AddressInfo;
  net.connect = ((options: net.NetConnectOpts, listener?: () => void) =>
    dial('port' in options && options.port === brokerPort ? { ...options, port } : options, listener)) as typeof dial;
  return {
    get swallowed() {
      return swallowed;
    },
    swallow() {
      for (const [client, broker] of pairs) {
        client.unpipe(broker).pause();
        broker.unpipe(client).pause();
        swallowed += 1;
      }
    },
    async close() {
      net.connect = dial;
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
