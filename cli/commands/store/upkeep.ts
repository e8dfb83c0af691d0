/** Makes this process one that may keep the store: it asks for the leases, and does what is due while it holds them. */
import { hostname } from 'node:os'
import { makeBackup } from '../../../store/backup/make.ts'
import { scheduled } from '../../../store/backup/schedule.ts'
import type { Store } from '../../../store/connection/connection.ts'
import { hookDuty, memoryDuties, nodesDuty } from '../../../store/keeper/duties.ts'
import { addEvent } from '../../../store/keeper/events.ts'
import { startKeeper, type Duty } from '../../../store/keeper/keeper.ts'
import { numbersDuty } from '../../../store/keeper/numbers-duty.ts'
import { isInside } from '../../../store/keeper/window.ts'
import type { StoreSettings } from '../../args/store-access.ts'
import { mendNumbers } from '../mend-numbers.ts'
import { madeText } from './backup-output.ts'
import { backupOptions, dropOutdated } from './backup.ts'
import type { ScheduledBackup, UpkeepConfig } from './upkeep-config.ts'

const LOOK_EVERY_MS = 10_000

export interface UpkeepOptions {
  readonly store: Store
  readonly settings: StoreSettings
  readonly upkeep: UpkeepConfig
  readonly kind: 'serve' | 'ingest'
  readonly log: (line: string, level?: 'warn') => void
  readonly now: () => number
  /** For backups that are due. */
  readonly lookEveryMs?: number
}

/** Answers how to end it. */
export function startUpkeep(options: UpkeepOptions): () => Promise<void> {
  const { store, upkeep, kind, log, now } = options
  const holder = `${kind} ${hostname()} ${process.pid}`
  const common = { store, holder, log }
  const keepers = [
    startKeeper({
      ...common,
      lease: 'upkeep',
      duties: [
        ...memoryDuties(store, holder, now),
        nodesDuty(store, holder),
        numbersDuty({ store, lost: mendNumbers(store, holder, log, now) }),
        ...(upkeep.webhook === null ? [] : [hookDuty(store, upkeep.webhook)]),
      ],
    }),
    // Not every process need have a place and a key for backups.
    ...(upkeep.backup === null
      ? []
      : [startKeeper({ ...common, lease: 'backups', duties: [backupDuty(options, upkeep.backup, holder)] })]),
  ]
  return async () => {
    await Promise.all(keepers.map((keeper) => keeper.stop()))
  }
}

function backupDuty(
  { store, settings, upkeep: { window }, log, now, lookEveryMs = LOOK_EVERY_MS }: UpkeepOptions,
  backup: ScheduledBackup,
  by: string,
): Duty {
  const config = { ...backup, store: { ...settings, access: { ...settings.access, ...backup.login } } }
  return {
    name: 'backup',
    everyMs: lookEveryMs,
    run: scheduled({
      everyMs: config.everyMs,
      mayBegin: window && ((nowMs) => isInside(window, nowMs)),
      now,
      names: () => config.place.names(),
      async make(stop) {
        const made = await makeBackup({ ...(await backupOptions(config)), store, log, stop })
        return madeText(made, config.place.shown).trim()
      },
      dropOutdated: () => dropOutdated(config, now()),
      note: (kind, text) => addEvent(store, { kind, text, by }),
    }),
  }
}
