/** The upkeep of the store by `serve` and `ingest`: variables, the same for all of them, since any of them may be the keeper. */
import { parseWindow, type MaintenanceWindow } from '../../../store/keeper/window.ts'
import { wrongConfiguration as wrong } from '../../args/flag-file.ts'
import { readStoreSettings } from '../../args/store-access.ts'
import { readDurationMs } from '../../args/values.ts'
import type { StoreAccess } from '../../../store/connection/client.ts'
import { readBackupSettings, type BackupConfig } from './backup-config.ts'

export interface UpkeepConfig {
  readonly backup: ScheduledBackup | null
  /** When a backup may be begun; null = at any time. */
  readonly window: MaintenanceWindow | null
  /** May hold a secret: never print it. */
  readonly webhook: string | null
}

export type ScheduledBackup = Omit<BackupConfig, 'store'> & {
  readonly everyMs: number
  /** The user that copies the store, where the process itself came in as one that may not; null = as the process. */
  readonly login: Pick<StoreAccess, 'user' | 'password'> | null
}

export const UPKEEP_HELP = `Upkeep of the store (docs/backup.md), variables only, the same for serve and ingest: TIDEMARK_BACKUP_EVERY such as 6h, with TIDEMARK_BACKUP_KEY_FILE and the others of
"tidemark store backup", TIDEMARK_BACKUP_STORE_USER, _PASSWORD_FILE; TIDEMARK_MAINTENANCE such as 02:00-04:00, UTC; TIDEMARK_WEBHOOK, an address that is told of events.
`

const LEAST_MS = 60_000

/** Throws CommandError. Environment: TIDEMARK_BACKUP_EVERY, _BACKUP_STORE_USER, _BACKUP_STORE_PASSWORD_FILE, _MAINTENANCE, _WEBHOOK, and those of `store backup`. */
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
  const everyMs = readDurationMs('TIDEMARK_BACKUP_EVERY', every)
  if (everyMs < LEAST_MS) throw wrong(`TIDEMARK_BACKUP_EVERY ${every}: at least 1m`)
  if (!env['TIDEMARK_BACKUP_KEY_FILE'])
    throw wrong(
      'TIDEMARK_BACKUP_EVERY needs TIDEMARK_BACKUP_KEY_FILE: all that may be the keeper must use the same key',
    )
  return { ...readBackupSettings({}, env), everyMs, login: readLogin(env) }
}

function readLogin(env: NodeJS.ProcessEnv): ScheduledBackup['login'] {
  const [user, file] = [env['TIDEMARK_BACKUP_STORE_USER'], env['TIDEMARK_BACKUP_STORE_PASSWORD_FILE']]
  if (!user && !file) return null
  if (!user || !file)
    throw wrong('TIDEMARK_BACKUP_STORE_USER and TIDEMARK_BACKUP_STORE_PASSWORD_FILE belong together')
  const { access } = readStoreSettings({ 'store-user': user, 'store-password-file': file }, {})
  return { user, password: access!.password! }
}
