/** Seeds of cases that once broke a promise, and what was wrong then. They mean something only with the present generator. */
export const regressions: readonly (readonly [seed: number, wasWrong: string])[] = [];
