/** Which of the eight series colours a value has: given out in order of first showing, kept for the session, the same in all panels. */

export const COLOUR_COUNT = 8
const given = new Map<string, number>()

/**
 * A colour (1 to 8) for each key that is shown together, distinct as long as there are eight. A key keeps the colour it had;
 * where that is taken by another one in this company, it gets the first free one and keeps that.
 */
export function coloursFor(field: string, keys: readonly string[]): number[] {
  const taken = new Set<number>()
  const colours = keys.map((key) => {
    const had = given.get(`${field}\0${key}`)
    if (had === undefined || taken.has(had)) return 0
    taken.add(had)
    return had
  })
  return colours.map((colour, i) => {
    if (colour !== 0) return colour
    let free = 1
    while (taken.has(free) && free < COLOUR_COUNT) free++
    taken.add(free)
    given.set(`${field}\0${keys[i]!}`, free)
    return free
  })
}
