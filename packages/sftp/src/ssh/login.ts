import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SyncEngineError } from '@syncengine/core';
import ssh2, { type AnyAuthMethod, type AuthHandlerMiddleware, type IdentityCallback, type SignCallback } from 'ssh2';
import type { AnswerQuestions } from '../login-question.ts';

/** How to prove who we are. */
export interface Login {
  readonly user: string;
  readonly password: string | undefined;
  /** Private keys as text, with the passphrase of those that have one. */
  readonly privateKeys: readonly PrivateKey[];
  /** Socket of an agent. */
  readonly agent: string | undefined;
  readonly answerQuestions: AnswerQuestions | undefined;
}

export interface PrivateKey {
  readonly text: string | Buffer;
  readonly passphrase: string | undefined;
}

/** The identities that OpenSSH tries when it is told of none. */
const defaultIdentities = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * The key of a file that was named by the user.
 *
 * @throws SyncEngineError `invalid-options` when it is no private key, or its passphrase is missing or wrong
 */
export function readPrivateKey(file: string, passphrase: string | undefined): PrivateKey {
  return checkedPrivateKey({ text: readKeyFile(file), passphrase }, `The private key ${file}`);
}

/** @throws SyncEngineError `invalid-options` when it is no private key, or its passphrase is missing or wrong */
export function checkedPrivateKey(key: PrivateKey, name: string): PrivateKey {
  const parsed = ssh2.utils.parseKey(key.text, key.passphrase);
  if (parsed instanceof Error) {
    throw new SyncEngineError('invalid-options', `${name} cannot be used: ${parsed.message}.`, { cause: parsed });
  }
  if (!parsed.isPrivateKey()) throw new SyncEngineError('invalid-options', `${name} is a public key.`);
  return key;
}

/** The keys of a user who named none: those that are there and can be used without asking. */
export function defaultPrivateKeys(files: readonly string[], passphrase: string | undefined): PrivateKey[] {
  const candidates = files.length > 0 ? files : defaultIdentities.map((name) => join(homedir(), '.ssh', name));
  return candidates.flatMap((file) => {
    try {
      return [readPrivateKey(file, passphrase)];
    } catch (error) {
      // Missing or locked: as with ssh, the next way to log in is tried.
      if (error instanceof SyncEngineError) return [];
      throw error;
    }
  });
}

/** The ways to log in, one after the other, each for as long as the server may still take it. */
export function authenticationOf(login: Login): AuthHandlerMiddleware {
  const methods = methodsOf(login);
  let next = 0;
  return (accepted, _partially, callback) => {
    // `accepted` is null for the first question only; afterwards the server has told what it takes.
    while (next < methods.length) {
      const method = methods[next];
      next += 1;
      if (method === undefined) break;
      const kind = method.type === 'agent' ? 'publickey' : method.type;
      if (!Array.isArray(accepted) || accepted.includes(kind)) {
        callback(method);
        return;
      }
    }
    // The types leave out what the documentation tells: `false` means that there is no further way.
    (callback as (method: AnyAuthMethod | false) => void)(false);
  };
}

/**
 * Whether the first way to log in is the same whatever the server tells of itself: which signatures of RSA keys it takes is
 * told after the keys of the connection are agreed on.
 */
export function isFirstWayPlain(login: Login): boolean {
  const first = methodsOf(login)[0];
  if (first?.type !== 'publickey') return first?.type === 'password';
  // To decrypt a key once more takes longer than a round trip.
  if (first.passphrase !== undefined) return false;
  const parsed = ssh2.utils.parseKey(first.key);
  return !(parsed instanceof Error) && parsed.type !== 'ssh-rsa';
}

function methodsOf({ user, password, privateKeys, agent, answerQuestions }: Login): AnyAuthMethod[] {
  const methods: AnyAuthMethod[] = privateKeys.map(({ text, passphrase }) => ({
    type: 'publickey',
    username: user,
    key: text,
    ...(passphrase === undefined ? {} : { passphrase }),
  }));
  if (agent !== undefined) methods.push({ type: 'agent', username: user, agent: new QuietAgent(agent) });
  if (password !== undefined) methods.push({ type: 'password', username: user, password });
  const answer = answerQuestions ?? (password === undefined ? undefined : answerWith(password));
  if (answer !== undefined) methods.push(questionsMethod(user, answer));
  return methods;
}

/** Many servers ask for the password as a question. Only a single hidden one can be meant. */
function answerWith(password: string): AnswerQuestions {
  return async (questions) => {
    const [question] = questions;
    return questions.length === 1 && question?.isVisible === false ? [password] : questions.map(() => '');
  };
}

function questionsMethod(user: string, answer: AnswerQuestions): AnyAuthMethod {
  return {
    type: 'keyboard-interactive',
    username: user,
    prompt: (_name, _instructions, _language, prompts, finish) => {
      const questions = prompts.map(({ prompt, echo }) => ({ text: prompt, isVisible: echo === true }));
      // Whoever cannot answer gives an empty answer, and the server refuses it.
      answer(questions).then(
        (answers) => finish([...answers]),
        () => finish(questions.map(() => '')),
      );
    },
  };
}

/** An agent that is gone has no keys; ssh2 would take that for the end of the connection. */
class QuietAgent extends ssh2.BaseAgent<ssh2.ParsedKey> {
  readonly #agent: ssh2.OpenSSHAgent;

  constructor(socket: string) {
    super();
    this.#agent = new ssh2.OpenSSHAgent(socket);
  }

  getIdentities(callback: IdentityCallback<ssh2.ParsedKey>): void {
    this.#agent.getIdentities((error, keys) => callback(undefined, error ? [] : keys));
  }

  sign(
    key: ssh2.ParsedKey,
    data: Buffer,
    options: ssh2.SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, callback);
  }
}

function readKeyFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): SyncEngineError {
  return new SyncEngineError('invalid-options', `The private key ${file} cannot be read.`, { cause });
}
