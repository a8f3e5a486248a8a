/** A question of the server during a log in, such as `Password: ` or `Verification code: `. */
export interface LoginQuestion {
  readonly text: string;
  /** False when what is typed should not be seen. */
  readonly isVisible: boolean;
}

/** Answers the server's questions, one answer for each, in their order. */
export type AnswerQuestions = (questions: readonly LoginQuestion[]) => Promise<readonly string[]>;
