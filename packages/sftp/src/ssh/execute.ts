import type ssh2 from 'ssh2';

/** What a command wrote, and how it ended. */
export interface Executed {
  readonly output: string;
  readonly code: number;
}

/**
 * Runs a command, where the server allows that.
 *
 * @returns `undefined` when it could not be run at all
 */
export function execute(client: ssh2.Client, command: string, input: string): Promise<Executed | undefined> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) {
        resolve(undefined);
        return;
      }
      const chunks: Buffer[] = [];
      let code = -1;
      channel.on('data', (chunk: Buffer) => chunks.push(chunk));
      channel.on('exit', (told: unknown) => {
        if (typeof told === 'number') code = told;
      });
      channel.on('close', () => resolve({ output: Buffer.concat(chunks).toString('utf8'), code }));
      channel.on('error', reject);
      channel.stderr.resume();
      channel.end(input);
    });
  });
}
