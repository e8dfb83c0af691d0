/** How a process logs: the flags and variables that every long-running command shares. */
import { CommandError, exitCodes } from '../args/exit.ts'
import type { Flag, FlagValues } from '../args/flags.ts'

export const LOG_LEVELS = ['error', 'warn', 'info'] as const
export const LOG_FORMATS = ['text', 'json'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LogSettings {
  /** The least that is told. */
  readonly level: LogLevel
  readonly format: (typeof LOG_FORMATS)[number]
}

export const logFlags = {
  'log-level': { argument: 'error|warn|info', description: 'the least that is logged (info)' },
  'log-format': {
    argument: 'text|json',
    description: 'of the log on stderr (text on a terminal and under tidemark up, else json)',
  },
} satisfies Record<string, Flag>

/** Environment: TIDEMARK_LOG_LEVEL, TIDEMARK_LOG_FORMAT; flags win. `isWatched` = a person or `tidemark up` reads along. Throws CommandError. */
export function readLogSettings(
  values: FlagValues,
  env: NodeJS.ProcessEnv,
  isWatched = process.stderr.isTTY || process.channel !== undefined,
): LogSettings {
  return {
    level: oneOf('log-level', values['log-level'] ?? (env['TIDEMARK_LOG_LEVEL'] || 'info'), LOG_LEVELS),
    format: oneOf(
      'log-format',
      values['log-format'] ?? (env['TIDEMARK_LOG_FORMAT'] || (isWatched ? 'text' : 'json')),
      LOG_FORMATS,
    ),
  }
}

function oneOf<T extends string>(flag: string, value: string | boolean, known: readonly T[]): T {
  const found = known.find((one) => one === value)
  if (found === undefined)
    throw new CommandError(
      `--${flag} is ${known.slice(0, -1).join(', ')} or ${known.at(-1)}, not "${String(value)}".`,
      exitCodes.usage,
    )
  return found
}
