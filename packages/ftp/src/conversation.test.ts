import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Conversation } from './conversation.ts';
import { ignored } from './data-connection.ts';
import type { Reply } from './reply.ts';

function begin(): { readonly conversation: Conversation; readonly sent: string[]; isOwed: boolean } {
  const sent: string[] = [];
  const state = {
    sent,
    isOwed: false,
    conversation: new Conversation({
      send: (text) => sent.push(text),
      onOwed: () => {
        state.isOwed = true;
      },
      onSettled: () => {
        state.isOwed = false;
      },
    }),
  };
  return state;
}

const reply = (code: number): Reply => ({ code, text: `${code} text` });

describe('a conversation', () => {
  test('sends what is said in one turn in one packet', async () => {
    const { conversation, sent } = begin();
    const all = [conversation.say(['A', 'B'], ignored, 1), conversation.say(['C'], ignored, 1)];
    await turn();
    expect(sent).toEqual(['A\r\nB\r\nC\r\n']);
    for (const code of [200, 550, 226]) conversation.hear(reply(code));
    const codes = (await Promise.all(all)).map((replies) => replies.map(({ code }) => code));
    expect(codes).toEqual([[200, 550], [226]]);
  });

  test('tells answers that announce others, but counts only the last ones', async () => {
    const state = begin();
    const heard: (readonly [number, number])[] = [];
    const said = state.conversation.say(['STOR', 'SIZE'], ({ code }, index) => heard.push([code, index]), 1);
    for (const code of [150, 226, 213]) state.conversation.hear(reply(code));
    expect((await said).length).toBe(2);
    expect(heard).toEqual([
      [150, 0],
      [226, 0],
      [213, 1],
    ]);
    expect(state.isOwed).toBe(false);
  });

  test('knows when an answer belongs to nobody', () => {
    const { conversation } = begin();
    expect(conversation.hear(reply(226))).toBe(false);
  });

  test('tells everybody why it ended, also who comes later, and sends nothing any more', async () => {
    const { conversation, sent } = begin();
    const reason = new Error('gone');
    const said = conversation.say(['A'], ignored, 1);
    conversation.end(reason);
    await expect(said).rejects.toBe(reason);
    await expect(conversation.say(['B'], ignored, 1)).rejects.toBe(reason);
    await turn();
    expect(sent).toEqual([]);
  });
});
