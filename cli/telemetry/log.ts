/** The only file that imports pino: what a process tells its operator, on stderr, without secrets. */
import { pino } from 'pino'
import { LOG_LEVELS, type LogLevel, type LogSettings } from './log-settings.ts'
import { redact } from './redact.ts'

export type Log = (line: string, level?: LogLevel) => void

/** `name` is the kind of process: `ingest`, `serve`. `write` takes whole lines; by default they go to stderr at once, so that a crash loses none. */
export function openLog(
  name: string,
  settings: LogSettings,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  return settings.format === 'text' ? textLog(settings.level, write) : jsonLog(name, settings.level, write)
}

function textLog(least: LogLevel, write: (line: string) => void): Log {
  return (line, level = 'info') => {
    if (LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(least))
      write(`${new Date().toISOString()} ${redact(line)}\n`)
  }
}

function jsonLog(name: string, least: LogLevel, write: (line: string) => void): Log {
  const logger = pino(
    {
      level: least,
      base: { process: name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Lines are text; fields come only from what we attach ourselves, and these never leave.
      redact: {
        paths: [
          'password',
          'secret',
          'token',
          'authorization',
          '*.password',
          '*.secret',
          '*.token',
          '*.authorization',
          '*.args',
        ],
        censor: '***',
      },
    },
    { write },
  )
  return (line, level = 'info') => logger[level](redact(line))
}
