/** What a request that failed comes to, for people. */
export function faultWords(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return 'no answer within some seconds; the store may hang'
  // The browser's own words are of no use.
  if (error instanceof TypeError) return 'the API cannot be reached'
  return error instanceof Error ? error.message : String(error)
}
