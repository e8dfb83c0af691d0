/** The question behind a panel for elsewhere: as a file, and for a shell. Pure. */

/** Most rows of a list, by what is asked. A series is taken as it is drawn: each of its names is a column. */
const MOST: Readonly<Record<string, number | null>> = {
  series: null,
  top: 1000,
  sessions: 500,
  funnel: 500,
  retention: 500,
  journeys: 500,
}

/** The address of its numbers as CSV, all rows and not only those that a panel has room for; null where there is no such table. */
export function csvOf(text: string): string | null {
  const most = MOST[text.split('?')[0]!]
  if (most === undefined) return null
  return `/v1/${most === null ? text : text.replace(/&limit=\d+/, `&limit=${most}`)}&format=csv`
}

/** No quote of a value ends the argument. */
export const curlOf = (text: string, origin: string): string =>
  `curl '${origin}/v1/${text.replaceAll("'", '%27')}'`
