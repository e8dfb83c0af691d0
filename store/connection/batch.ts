/**
 * Commands on keys of one slot, in one write to the node that has it. The client library's own batch for a cluster is not used: where that node is not connected, it picks another
 * one for each command until one takes it, and if the first was refused it writes none and waits for the answers of the rest. From then on every answer of that connection is given
 * to the question before, and nobody hears of it.
 */
import { Cluster, type Redis } from './client.ts'
import { isRedirection } from '../errors.ts'
import { slotOfKey } from '../keys.ts'

export type Argument = string | Buffer | number
export type Command = readonly [name: string, ...args: Argument[]]
export type Outcome = readonly [error: Error | null, value: unknown]

/** One outcome a command, in their order; what was redirected was sent again, alone, to where its key went. Throws what a client throws where none was sent. */
export async function sendBatch(
  client: Redis | Cluster,
  commands: readonly Command[],
  wrote: (stream: Redis['stream']) => void = () => {},
): Promise<Outcome[]> {
  const node = client instanceof Cluster ? ownerOf(client, commands) : client
  if (node === null) return oneByOne(client, commands)
  const batch = node.pipeline()
  for (const [name, ...args] of commands) batch.callBuffer(name, ...args)
  wrote(node.stream)
  const outcomes: Outcome[] = (await batch.exec()) ?? []
  if (!(client instanceof Cluster)) return outcomes
  const again: Outcome[] = []
  for (const [at, outcome] of outcomes.entries())
    again.push(isRedirection(outcome[0]) ? await alone(client, commands[at]!) : outcome)
  return again
}

/** Who has the slot and is connected; null where it is not, or nobody knows. */
function ownerOf(client: Cluster, commands: readonly Command[]): Redis | null {
  const key = commands.map(([, first]) => first).find((first) => first !== undefined)
  const place = key === undefined ? undefined : client.slots[slotOfKey(key)]?.[0]
  return (
    client
      .nodes('all')
      .find(({ status, options: { host, port } }) => status === 'ready' && `${host}:${port}` === place) ??
    null
  )
}

/** The client library leads each to its node, and connects to that first. Once one got no answer, those behind it are not sent. */
async function oneByOne(client: Redis | Cluster, commands: readonly Command[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let gone: Error | null = null
  for (const command of commands) {
    const outcome: Outcome = gone === null ? await alone(client, command) : [gone, null]
    if (outcome[0] !== null && outcome[0].name !== 'ReplyError') gone = outcome[0]
    outcomes.push(outcome)
  }
  return outcomes
}

const alone = (client: Redis | Cluster, [name, ...args]: Command): Promise<Outcome> =>
  client.callBuffer(name, ...args).then(
    (value): Outcome => [null, value],
    (cause: unknown): Outcome => [cause instanceof Error ? cause : new Error(String(cause)), null],
  )
