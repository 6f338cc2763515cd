/** The demo, where nobody else calls, comes to rest in three at most. */
const ROUNDS_MAX = 6;

/**
 * At rest is when two rounds, in each of which everybody came as far as the record reached when it was asked, found the same head: nobody
 * wrote after another had looked. While calls go on there is no rest; then what was on record when asked is done, and what came of it
 * {@link ROUNDS_MAX} steps deep.
 * @param round resolves with the head it found, or nothing when its members did not find the same one
 */
export async function untilAtRest(round: () => Promise<bigint | undefined>): Promise<void> {
  let before: bigint | undefined;
  for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
    const head = await round();
    if (head !== undefined && head === before) return;
    before = head;
  }
}
