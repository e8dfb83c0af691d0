/** CLUSTER NODES, read. */

export interface ClusterNode {
  readonly id: string
  readonly host: string
  readonly port: number
  readonly isPrimary: boolean
  /** Of a replica. */
  readonly primaryId: string | null
  /** The node that was asked. */
  readonly isMyself: boolean
  /** Down, or thought to be. */
  readonly isFailed: boolean
  /** Ranges of slots, both ends included; none of a replica. */
  readonly slots: readonly (readonly [from: number, to: number])[]
}

export const SLOTS = 16_384

/** `text` is the reply to CLUSTER NODES. Nodes that are met but not yet known, or have no address, are left out. */
export function parseClusterNodes(text: string): ClusterNode[] {
  return linesOf(text).flatMap((words) => {
    const [id = '', address = '', flagText = '', primary = ''] = words
    const flags = flagText.split(',')
    const place = /^(.*):(\d+)(?:@\d+)?(?:,.*)?$/.exec(address)
    if (place === null || flags.includes('noaddr') || flags.includes('handshake')) return []
    return [
      {
        id,
        host: place[1]!,
        port: Number(place[2]),
        isPrimary: flags.includes('master'),
        primaryId: primary === '-' ? null : primary,
        isMyself: flags.includes('myself'),
        isFailed: flags.includes('fail') || flags.includes('fail?'),
        slots: words.slice(8).flatMap(readRange),
      },
    ]
  })
}

/** Of all nodes that the cluster knows, those without an address too; one that is just being met has no name yet. */
export const knownIds = (text: string): string[] =>
  linesOf(text).flatMap(([id = '', , flags = '']) => (flags.includes('handshake') ? [] : [id]))

/** Slots that are on their way from the node that was asked, and to whom. */
export function openSlots(text: string): { readonly slot: number; readonly to: string }[] {
  return [...text.matchAll(/\[(\d+)->-([0-9a-f]+)\]/g)].map(([, slot, to]) => ({
    slot: Number(slot),
    to: to!,
  }))
}

const linesOf = (text: string): string[][] =>
  text
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter((words) => words.length >= 8)

/** `5`, `0-5460`; `[93-<-id]` is a slot on its way and belongs to nobody here. */
function readRange(word: string): [number, number][] {
  const range = /^(\d+)(?:-(\d+))?$/.exec(word)
  return range === null ? [] : [[Number(range[1]), Number(range[2] ?? range[1])]]
}

export const slotCount = ({ slots }: Pick<ClusterNode, 'slots'>): number =>
  slots.reduce((sum, [from, to]) => sum + to - from + 1, 0)
