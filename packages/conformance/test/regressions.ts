/**
 * Seeds of cases that once broke a promise, and what was wrong then. They mean something only with the generator as it is:
 * whoever changes what it draws looks for new ones by taking back what was mended.
 */
export const regressions: readonly (readonly [seed: number, wasWrong: string])[] = [
  [1, 'what was said of colliding names depended on the order of a listing'],
  [3, 'what was said of colliding names depended on the order of a listing'],
  [2, 'a side without a hash of ours had fresh files transferred back by the next run'],
  [64, 'a side without a hash of ours had fresh files transferred back by the next run'],
  [122, 'a side without any hash had fresh files transferred back by the next run'],
  [46, 'an ignored folder gave way to a file of the other side'],
  [726, 'an ignored folder gave way to a file of the other side'],
  [121, 'a store that listed a name with a leading slash was believed'],
  [450, 'a store that listed a name with a leading slash was believed'],
  [165, 'a folder was made where an excluded link stood, run after run'],
  [252, 'a file was written where an ignored folder stood, run after run'],
  [11, 'a folder was made where a file was only then renamed away'],
  [226, 'a folder was made where a file was only then renamed away'],
  [343, 'a folder was made where a file was only then renamed away'],
  [347, 'a file was looked for under a name that it had no longer'],
  [114, 'a change of case was copied onto itself'],
  [1035, 'a change of case was copied onto itself'],
  [896, 'a run that was killed in the middle of a swap had the next one undo it'],
  [1143, 'a rename left something to do for the second run'],
  [300270, 'what somebody wrote right after a move was taken for what had been moved'],
  [400087, 'the judge: what somebody wrote under an old name is moved to the new one'],
  [500140, 'the judge: a store keeps the names of a person in its own form'],
  [2914, 'the judge: what was renamed and edited may stand under its new name as it was'],
];
