/** Acts on a local store: one at a time, in the audit log of the store, a fault as one sentence. */
import { join } from 'node:path'
import { lockDataDir } from '../../../embedded/data-dir-lock.ts'
import { serverOf } from '../../../embedded/store-child.ts'
import { addressOf, readTopology, type LocalTopology } from '../../../embedded/topology-file.ts'
import { openStore } from '../../../store/connection/connection.ts'
import { StoreError } from '../../../store/errors.ts'
import { TopologyError } from '../../../store/topology/topology-error.ts'
import { CommandError, exitCodes } from '../../args/exit.ts'
import { noteAct } from './note-act.ts'
import { localAccess } from './local.ts'

/** Beside the nodes, for the lock of whoever changes them. */
const ACT_FOLDER = 'act'
const AGAIN = 'give the command again to go on'

/** Throws CommandError. */
export function runningTopology(dataDir: string): LocalTopology {
  const topology = readTopology(dataDir)
  if (topology !== null && topology.isFormed) return topology
  throw new CommandError(
    `${dataDir} holds no running store; make one by: tidemark store create --data ${dataDir}`,
    exitCodes.config,
  )
}

/** `work` answers what was done, for the audit log; null = nothing. Throws CommandError. */
export async function act(dataDir: string, work: () => Promise<string | null>): Promise<void> {
  const lock = await lockDataDir(join(dataDir, ACT_FOLDER)).catch((error: Error) => {
    const holder = /in use by process (\d+)/.exec(error.message)?.[1]
    throw new CommandError(
      holder === undefined
        ? error.message
        : `the store is being changed already, by process ${holder}; wait until that is done`,
    )
  })
  try {
    const done = await work()
    if (done !== null) await noteDone(dataDir, done)
  } catch (error) {
    if (error instanceof StoreError) throw new CommandError(`${error.message}; ${AGAIN}`)
    if (error instanceof TopologyError) throw new CommandError(error.message)
    throw error
  } finally {
    await lock.release()
  }
}

/** Into the audit log of a local store. */
export async function noteDone(dataDir: string, done: string): Promise<void> {
  const topology = readTopology(dataDir)
  const port = (await serverOf(dataDir))?.port
  if (topology === null && port == null) return
  const store = await openStore({
    url: topology === null ? `redis://127.0.0.1:${port}` : addressOf(topology),
    access: localAccess(dataDir),
  })
  try {
    await noteAct(store, done)
  } finally {
    await store.close()
  }
}
