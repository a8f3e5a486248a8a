import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Reply } from './reply.ts';
import { type Line, startTransfer, type TransferOrder } from './transfer.ts';

/** A line on which the answers to all commands are there at once, without any server. */
function answering(
  codes: readonly (number | string)[],
  port?: number,
): Line & { sent: readonly string[]; log: string[] } {
  const line = {
    id: 'a server',
    passive: 'EPSV',
    sent: [] as readonly string[],
    log: [] as string[],
    takePort: () => port,
    keepPort: (kept: number) => line.log.push(`keep ${kept}`),
    distrustPorts: () => line.log.push('distrust'),
    async converse(commands: readonly string[], onReply: (reply: Reply, index: number) => void): Promise<Reply[]> {
      line.sent = commands;
      const replies = codes.map((each): Reply => ({ code: Number(String(each).slice(0, 3)), text: String(each) }));
      for (const [index, reply] of replies.entries()) onReply(reply, index);
      return replies;
    },
    // Port 1 of this machine: nobody listens there, and nothing is sent.
    openData: (): Socket => connect({ port: 1, host: '127.0.0.1' }).on('error', () => undefined),
    onStarted: () => undefined,
    close: () => undefined,
  } satisfies Line & Record<string, unknown>;
  return line;
}

const order: TransferOrder = { command: 'STOR file', after: ['SIZE file', 'RNFR file'] };

describe('a transfer', () => {
  test('asks for the port of the next one along with its own', async () => {
    const line = answering(['229 (|||1|)', 226, '229 (|||7|)', '213 5', 350]);
    const transfer = startTransfer(order, line);
    await transfer.settled;
    expect(line.sent).toEqual(['EPSV', 'STOR file', 'EPSV', 'SIZE file', 'RNFR file']);
    expect(transfer.outcome().map(({ code }) => code)).toEqual([226, 213, 350]);
    expect(line.log).toEqual(['keep 7']);
  });

  test('goes to the port that was told before', async () => {
    const line = answering([226, '229 (|||7|)', '213 5', 350], 1);
    await startTransfer(order, line).settled;
    expect(line.sent[0]).toBe('STOR file');
  });

  test('that is refused at such a port tries none again', async () => {
    const line = answering([425, '229 (|||7|)', 550, 550], 1);
    const transfer = startTransfer(order, line);
    expect((await transfer.last()).code).toBe(425);
    expect(line.log).toContain('distrust');
  });

  test('is not taken for done when an answer comes before its end that is to come after it', async () => {
    const transfer = startTransfer(order, answering(['213 5', '229 (|||7|)', 226, 350], 1));
    await expect(transfer.last()).rejects.toMatchObject({ code: 'connection', retry: 'yes' });
  });
});
