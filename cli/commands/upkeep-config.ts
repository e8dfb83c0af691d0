/** The upkeep of the store by `serve` and `ingest`: variables, the same for all of them, since any of them may be the keeper. */
import { parseWindow, type MaintenanceWindow } from '../../store/keeper/window.ts'
import { wrongConfiguration as wrong } from '../args/flag-file.ts'
import { readDurationMs } from '../args/values.ts'
import { readBackupSettings, type BackupConfig } from './backup-config.ts'

export interface UpkeepConfig {
  readonly backup: (Omit<BackupConfig, 'store'> & { readonly everyMs: number }) | null
  /** When a backup may be begun; null = at any time. */
  readonly window: MaintenanceWindow | null
  /** May hold a secret: never print it. */
  readonly webhook: string | null
}

const LEAST_MS = 60_000

/** Throws CommandError. Environment: TIDEMARK_BACKUP_EVERY, _MAINTENANCE, _WEBHOOK, and those of `store backup`. */
export function readUpkeep(env: NodeJS.ProcessEnv): UpkeepConfig {
  const every = env['TIDEMARK_BACKUP_EVERY'] || undefined
  const windowText = env['TIDEMARK_MAINTENANCE'] || undefined
  const window = windowText === undefined ? null : parseWindow(windowText)
  if (windowText !== undefined && window === null)
    throw wrong(`TIDEMARK_MAINTENANCE ${windowText}: write 02:00-04:00 or Sun 02:00-04:00, in UTC`)
  const webhook = env['TIDEMARK_WEBHOOK'] || null
  if (webhook !== null && !(URL.canParse(webhook) && /^https?:/.test(webhook)))
    throw wrong('TIDEMARK_WEBHOOK is no address: write https://HOST/PATH')
  return { backup: every === undefined ? null : readSchedule(every, env), window, webhook }
}

function readSchedule(every: string, env: NodeJS.ProcessEnv): UpkeepConfig['backup'] {
  const everyMs = readDurationMs('backup-every (TIDEMARK_BACKUP_EVERY)', every)
  if (everyMs < LEAST_MS) throw wrong(`TIDEMARK_BACKUP_EVERY ${every}: at least 1m`)
  if (!env['TIDEMARK_BACKUP_KEY_FILE'])
    throw wrong(
      'TIDEMARK_BACKUP_EVERY needs TIDEMARK_BACKUP_KEY_FILE: all that may be the keeper must use the same key',
    )
  return { ...readBackupSettings({}, env), everyMs }
}
