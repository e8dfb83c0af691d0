/** `tidemark store replace NODE`: a new node of a local store in place of one that is lost. */
import { resolve } from 'node:path'
import { EXIT_HELP, CommandError, exitCodes } from '../../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../../args/flags.ts'
import { act, runningTopology } from './act.ts'
import { replaceNode } from './replacing.ts'

const flags = {
  data: { argument: 'DIR', description: 'the data folder of the store (.tidemark/store-cluster)' },
  'accept-loss': {
    description:
      'where the node holds the only copy of its keys: an empty one takes its place. Numbers come back from the log, other keys are gone',
  },
  help: { description: 'this text' },
} satisfies Record<string, Flag>

const help = `tidemark store replace: a new node of a local store in place of one that is lost

usage: tidemark store replace NODE [flags]        such as: tidemark store replace node-3

${describeFlags(flags)}
The new node lies in the same zone, copies the keys of its shard from the others and follows its primary; the others forget the lost one. A node that lives hands over first.
The supervisor does the same by itself with a node that it cannot start for a minute (tidemark store create --replace-after).
${EXIT_HELP}`

export async function run(argv: string[]): Promise<number> {
  const name = argv[0]?.startsWith('-') === false ? argv[0] : undefined
  const rest = name === undefined ? argv : argv.slice(1)
  const given = parseFlags('store replace', rest, flags)
  if (given['help'] === true) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const dataDir = resolve((given['data'] as string | undefined) ?? '.tidemark/store-cluster')
  const { nodes } = runningTopology(dataDir)
  const node = nodes.find((one) => one.name === name)
  if (node === undefined)
    throw new CommandError(
      `say which node: ${nodes.map((one) => `${one.name} (port ${one.port})`).join(', ')}.`,
      exitCodes.usage,
    )
  await act(dataDir, () =>
    replaceNode(dataDir, node.name, {
      acceptsLoss: given['accept-loss'] === true,
      say: (line) => void process.stdout.write(`${line}\n`),
    }),
  )
  return exitCodes.ok
}
