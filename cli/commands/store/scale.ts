/** `tidemark store scale`: shards and replicas of a local store added and taken away, while it is read and written. */
import { totalmem } from 'node:os'
import { resolve } from 'node:path'
import { EXIT_HELP, CommandError, exitCodes } from '../../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../../args/flags.ts'
import { act, runningTopology } from './act.ts'
import { scaleStore } from './scaling.ts'
import { integer } from '../store-server-config.ts'

const flags = {
  data: { argument: 'DIR', description: 'the data folder of the store (.tidemark/store-cluster)' },
  shards: { argument: 'N', description: 'primaries that share the keys, from now on' },
  replicas: { argument: 'N', description: 'copies of each, from now on' },
  help: { description: 'this text' },
} satisfies Record<string, Flag>

const help = `tidemark store scale: shards and replicas of a local store added and taken away, while it is read and written

usage: tidemark store scale --shards N [--replicas N] [flags]

${describeFlags(flags)}
The store must be running (tidemark store create, or tidemark up with --store-shards; its data folder is then store-cluster below that of up). What was begun and cut off goes on
when the same command is given again. Refused is what could not end: fewer zones than copies, too little memory, a node that does not answer.
${EXIT_HELP}`

export async function run(argv: string[]): Promise<number> {
  const given = parseFlags('store scale', argv, flags)
  if (given['help'] === true) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const dataDir = resolve((given['data'] as string | undefined) ?? '.tidemark/store-cluster')
  const topology = runningTopology(dataDir)
  if (given['shards'] === undefined && given['replicas'] === undefined)
    throw new CommandError('say what to change: --shards N, --replicas N, or both.', exitCodes.usage)
  const count = (flag: 'shards' | 'replicas', least: number, most: number): number =>
    integer(flag, (given[flag] as string | undefined) ?? String(topology[flag]), least, most)
  const wish = { shards: count('shards', 1, 100), replicas: count('replicas', 0, 5) }
  await act(dataDir, () =>
    scaleStore(dataDir, wish, totalmem(), (line) => void process.stdout.write(`${line}\n`)),
  )
  return exitCodes.ok
}
