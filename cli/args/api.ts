/** The API that a command asks, and its failures as sentences for whoever called it. */
import { ApiError } from '../../client/api-error.ts'
import { Client } from '../../client/client.ts'
import { CommandError, exitCodes } from './exit.ts'
import type { Flag, FlagValues } from './flags.ts'

const DEFAULT_URL = 'http://127.0.0.1:4400'

export const apiFlags = {
  url: { argument: 'URL', description: `of the API (${DEFAULT_URL})` },
} satisfies Record<string, Flag>

/** Throws CommandError (wrong usage). */
export function clientOf(values: FlagValues): Client {
  const text = String(values['url'] ?? DEFAULT_URL)
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new CommandError(`--url ${text}: write an address like ${DEFAULT_URL}.`, exitCodes.usage)
  return new Client({ base: text.replace(/\/+$/, '') })
}

/** What was asked wrongly is wrong usage; what cannot be answered now is a failure. */
export function explained(error: unknown, { options: { base } }: Client): CommandError {
  if (error instanceof ApiError) {
    const more = (error.problem?.errors ?? [])
      .map(({ detail }) => detail)
      .filter((detail) => !error.message.includes(detail))
    const isUsage = error.status >= 400 && error.status < 500
    const text = [error.message, ...more].join('\n  ')
    return new CommandError(text, isUsage ? exitCodes.usage : exitCodes.failed)
  }
  if (error instanceof Error && error.name === 'TimeoutError')
    return new CommandError(`${base} does not answer in time`)
  if (error instanceof TypeError)
    return new CommandError(`nothing answers at ${base}; is "tidemark serve" or "tidemark up" running there?`)
  return error instanceof CommandError ? error : new CommandError(String(error))
}
