import type { AnswerQuestions } from './login-question.ts';

/** Where a server is, who we are there, and which folder is meant. */
export interface SftpStorageOptions {
  /** Name or address of the server, or an alias from the SSH configuration. */
  readonly host: string;
  /** 1 to 65,535. Default: what the SSH configuration says, else 22. */
  readonly port?: number | undefined;
  /** Default: what the SSH configuration says, else the name of the user who runs this. */
  readonly user?: string | undefined;
  /** The root: a folder of the server, absolute or below the home folder there. Default: the home folder. */
  readonly path?: string | undefined;

  /** Also answers the question for a password that some servers ask instead. Default: none. */
  readonly password?: string | undefined;
  /** A private key in any of the usual formats. Default: none. */
  readonly privateKey?: string | Uint8Array | undefined;
  /** A file with a private key; `~/` is the home folder. Default: none. */
  readonly privateKeyFile?: string | undefined;
  /** Opens the private key. Default: none. */
  readonly passphrase?: string | undefined;
  /**
   * The socket of an SSH agent, or `true` for the one that the environment names. Default: when neither a password nor a key
   * is given, the agent of the environment and after it the keys that the SSH configuration names or that OpenSSH would try.
   */
  readonly agent?: string | boolean | undefined;
  /** Answers what the server asks, for example for a code. Then only one connection is used. Default: nobody answers. */
  readonly answerQuestions?: AnswerQuestions | undefined;

  /**
   * `known`: only servers whose key stands in a `known_hosts` file. `accept-new`: others too, and their key is remembered in
   * the first of these files; a changed key is refused all the same. Default: `known`.
   */
  readonly hostKeys?: 'known' | 'accept-new' | undefined;
  /** The SHA-256 fingerprint of the server's key (`SHA256:…`, as `ssh-keygen -l` tells it). When given, only it counts. */
  readonly fingerprint?: string | undefined;
  /** Default: what the SSH configuration says, else the user's and the system's `known_hosts`. */
  readonly knownHostsFiles?: readonly string[] | undefined;
  /** The SSH configuration to look up the host in; `false` for none. Default: `~/.ssh/config`. */
  readonly configFile?: string | false | undefined;

  /** Connections at once, at least 1. More than one is only used while there is much to do. Default: 2. */
  readonly connections?: number | undefined;
  /** How long the server may be silent before the connection counts as lost, in milliseconds, at least 100. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * What may be counted on. `openssh`: plain renames never replace, requests are answered in order, paths are told without
   * links. `other`: nothing of that, which takes more requests. Default: as the server calls itself.
   */
  readonly server?: 'openssh' | 'other' | undefined;
  /** `false` for a server that takes `A` and `a` for the same name. Default: true. */
  readonly caseSensitive?: boolean | undefined;
}
