/** `tidemark store status`: the nodes of the store, as its primaries tell of them. */
import { openStore } from '../../../store/connection/connection.ts'
import { StoreError } from '../../../store/errors.ts'
import { readStatus, type PrimaryStatus } from '../../../store/topology/status.ts'
import { EXIT_HELP, CommandError, exitCodes } from '../../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../../args/flags.ts'
import { readStoreSettings, STORE_HELP, storeFlags } from '../../args/store-access.ts'
import { textTable } from '../text-table.ts'

const flags = {
  ...storeFlags,
  json: { description: 'the same as JSON' },
  help: { description: 'this text' },
} satisfies Record<string, Flag>

const help = `tidemark store status: its nodes: who is primary, what they hold, what they keep on disk

usage: tidemark store status [flags]

${describeFlags(flags)}
${STORE_HELP}${EXIT_HELP}`

export async function run(argv: string[]): Promise<number> {
  const values = parseFlags('store status', argv, flags)
  if (values['help'] === true) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const store = await openStore({ ...readStoreSettings(values, process.env) })
  try {
    const primaries = await readStatus(store)
    process.stdout.write(
      values['json'] === true ? `${JSON.stringify({ primaries }, null, 2)}\n` : statusText(primaries),
    )
    return exitCodes.ok
  } catch (error) {
    if (error instanceof StoreError) throw new CommandError(error.message)
    throw error
  } finally {
    await store.close()
  }
}

export function statusText(primaries: readonly PrimaryStatus[]): string {
  const head = ['node', 'role', 'version', 'memory', 'keys', 'durability', 'state']
  const rows = primaries.flatMap((one) => [
    [
      one.node,
      'primary',
      one.version,
      `${megabytes(one.usedBytes)}${one.maxBytes === 0 ? '' : ` of ${megabytes(one.maxBytes)}`} MB`,
      `${one.keys}`,
      one.durability ?? 'not known',
      one.diskFault ?? (one.replicas.length === 0 ? 'ok, without a replica' : 'ok'),
    ],
    ...one.replicas.map((replica) => [
      replica.node,
      '  replica',
      '',
      '',
      '',
      '',
      replica.isOnline
        ? replica.behindBytes === 0
          ? 'up to date'
          : `${replica.behindBytes} bytes behind`
        : 'not in sync',
    ]),
  ])
  return textTable([head, ...rows])
}

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(bytes < 100 * 2 ** 20 ? 1 : 0)
