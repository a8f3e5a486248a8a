import { DriveError } from './drive-error.ts';

export interface RateLimitOptions {
  /** Requests that each user may make within a window. */
  readonly requests: number;
  /** Milliseconds. */
  readonly window: number;
  /** Which of Drive's two refusals is sent: 403 `userRateLimitExceeded` or 429 `rateLimitExceeded`. Default: 403. */
  readonly status?: 403 | 429;
  /** Sent as `Retry-After`. Default: not sent, as Drive mostly does. */
  readonly retryAfter?: string;
}

/** "Usage limits": so many requests of one user in a window of time. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #now: () => number;
  readonly #windows = new Map<string, { start: number; count: number }>();

  constructor(options: RateLimitOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** @throws DriveError 403 `userRateLimitExceeded` or 429 `rateLimitExceeded` */
  require(user: string): void {
    const now = this.#now();
    let window = this.#windows.get(user);
    if (window === undefined || now - window.start >= this.#options.window) {
      window = { start: now, count: 0 };
      this.#windows.set(user, window);
    }
    window.count += 1;
    if (window.count > this.#options.requests)
      throw rateLimitExceeded(this.#options.status ?? 403, this.#options.retryAfter);
  }
}

function rateLimitExceeded(status: 403 | 429, retryAfter: string | undefined): DriveError {
  const headers = retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
  const options = { domain: 'usageLimits', headers } as const;
  return status === 403
    ? new DriveError(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded', options)
    : new DriveError(429, 'rateLimitExceeded', 'Rate Limit Exceeded', options);
}
