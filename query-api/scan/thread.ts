/** Entry of the thread: a log client of its own, so that whoever asks cells feels nothing of what is read here. */
import { parentPort, workerData } from 'node:worker_threads'
import { openAdmin, openReader } from '../../log/kafka.ts'
import type { LogAdmin } from '../../log/log.ts'
import type { ThreadConfig, ToThread } from './messages.ts'
import { serveScans } from './serve-scans.ts'

export interface ThreadData {
  readonly kafka: ThreadConfig
  readonly mostCells?: number
}

if (parentPort !== null) {
  const port = parentPort
  const { kafka, mostCells } = workerData as ThreadData
  let admin: Promise<LogAdmin> | null = null
  const take = serveScans(
    { postMessage: (message, transfer) => port.postMessage(message, transfer as ArrayBuffer[]) },
    {
      reader: openReader(kafka),
      admin: () => {
        admin ??= openAdmin(kafka)
        admin.catch(() => (admin = null))
        return admin
      },
    },
    mostCells,
  )
  port.on('message', (message: ToThread) => take(message))
}
