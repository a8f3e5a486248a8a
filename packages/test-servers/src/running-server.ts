/** A server that was started for tests. It listens on 127.0.0.1 only and keeps all its files in a folder of its own. */
export interface RunningServer {
  /** Ends all its processes and removes its folder. It also happens by itself when the process that started it dies. */
  stop(): Promise<void>;
}
