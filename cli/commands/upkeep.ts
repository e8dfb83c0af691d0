/** Makes this process one that may keep the store: it asks for the leases, and does what is due while it holds them. */
import { hostname } from 'node:os'
import { makeBackup } from '../../store/backup/make.ts'
import { timeOfName } from '../../store/backup/retention.ts'
import type { Store } from '../../store/connection.ts'
import { hookDuty, memoryDuty, nodesDuty } from '../../store/keeper/duties.ts'
import { addEvent } from '../../store/keeper/events.ts'
import { startKeeper, type Duty } from '../../store/keeper/keeper.ts'
import { isInside } from '../../store/keeper/window.ts'
import type { StoreSettings } from '../args/store-access.ts'
import { madeText } from './backup-output.ts'
import { backupOptions, dropOutdated } from './store-backup.ts'
import type { UpkeepConfig } from './upkeep-config.ts'

const LOOK_EVERY_MS = 10_000
/** After one that failed. */
const AGAIN_AFTER_MS = 5 * 60_000

export interface UpkeepOptions {
  readonly store: Store
  readonly settings: StoreSettings
  readonly upkeep: UpkeepConfig
  readonly kind: 'serve' | 'ingest'
  readonly log: (line: string, level?: 'warn') => void
  readonly now: () => number
}

/** Answers how to end it. */
export function startUpkeep({ store, settings, upkeep, kind, log, now }: UpkeepOptions): () => Promise<void> {
  const holder = `${kind} ${hostname()} ${process.pid}`
  const common = { store, holder, log }
  const keepers = [
    startKeeper({
      ...common,
      lease: 'upkeep',
      duties: [
        memoryDuty(store, holder, now),
        nodesDuty(store, holder),
        ...(upkeep.webhook === null ? [] : [hookDuty(store, upkeep.webhook)]),
      ],
    }),
    // Not every process need have a place and a key for backups.
    ...(upkeep.backup === null
      ? []
      : [
          startKeeper({
            ...common,
            lease: 'backups',
            duties: [backupDuty(store, settings, upkeep, holder, log, now)],
          }),
        ]),
  ]
  return async () => {
    await Promise.all(keepers.map((keeper) => keeper.stop()))
  }
}

/** By the time of the newest backup that is there, so that it matters not who made it. */
function backupDuty(
  store: Store,
  settings: StoreSettings,
  { backup, window }: UpkeepConfig,
  by: string,
  log: UpkeepOptions['log'],
  now: () => number,
): Duty {
  const config = { ...backup!, store: { ...settings, access: { ...settings.access, ...backup!.login } } }
  let failedMs = -Infinity
  return {
    name: 'backup',
    everyMs: LOOK_EVERY_MS,
    async run() {
      if (window !== null && !isInside(window, now())) return
      const newest = (await config.place.names()).at(-1)
      if (newest !== undefined && now() - timeOfName(newest) < config.everyMs) return
      if (now() - failedMs < AGAIN_AFTER_MS) return
      try {
        const made = await makeBackup({ ...(await backupOptions(config)), store, log })
        await addEvent(store, { kind: 'backup', text: madeText(made, config.place.shown).trim(), by })
        for (const name of await dropOutdated(config, now()))
          await addEvent(store, { kind: 'backup', text: `deleted ${name}, by the rule of what is kept`, by })
      } catch (error) {
        failedMs = now()
        const text = error instanceof Error ? error.message : String(error)
        await addEvent(store, { kind: 'backup failed', text, by })
        throw error
      }
    },
  }
}
