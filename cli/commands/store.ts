/** `tidemark store`: the durable memory store and its upkeep. One line and one file a subcommand. */
import { nearest } from '../../model/nearest.ts'
import { CommandError, exitCodes } from '../args/exit.ts'

interface Subcommand {
  description: string
  load: () => Promise<{ run: (argv: string[]) => Promise<number | void> }>
}

const subcommands: Record<string, Subcommand> = {
  create: {
    description: 'a local cluster of shards and replicas under a supervisor, until it is stopped',
    load: () => import('./store/create.ts'),
  },
  scale: {
    description: 'shards and replicas of a local store added and taken away, while it is used',
    load: () => import('./store/scale.ts'),
  },
  upgrade: {
    description: 'another engine for every node, one at a time, while it is used',
    load: () => import('./store/upgrade.ts'),
  },
  replace: {
    description: 'a new node in place of one that is lost',
    load: () => import('./store/replace.ts'),
  },
  status: {
    description: 'its nodes: who is primary, what they hold, what they keep on disk',
    load: () => import('./store/status.ts'),
  },
  endpoint: {
    description:
      'an endpoint for plain clients: a write is answered once it is on every disk that has to hold it',
    load: () => import('./store/endpoint.ts'),
  },
  users: {
    description: 'users with the least rights, their passwords in files, rotated without a pause',
    load: () => import('./store/users.ts'),
  },
  import: {
    description: 'the keys of another Redis or Valkey, copied until nothing differs, and compared',
    load: () => import('./store/import.ts'),
  },
  backup: {
    description:
      'everything it holds, encrypted, into a folder or a bucket; restored once to see that it can be',
    load: () => import('./store/backup.ts'),
  },
  backups: { description: 'the backups that are kept', load: () => import('./store/backups.ts') },
  verify: {
    description: 'is a backup whole, and does it come out again?',
    load: () => import('./store/verify.ts'),
  },
  restore: {
    description: 'puts a backup into a store, or the store as it was at a time',
    load: () => import('./store/restore.ts'),
  },
}

const help = `tidemark store: the durable memory store and its upkeep

usage: tidemark store ACT [flags]        tidemark store ACT --help

${Object.entries(subcommands)
  .map(([name, { description }]) => `  ${name.padEnd(9)} ${description}`)
  .join('\n')}
`

export async function run([name, ...argv]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help)
    return name === undefined ? exitCodes.usage : exitCodes.ok
  }
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
  if (subcommand === undefined) {
    const near = nearest(name, Object.keys(subcommands))
    throw new CommandError(
      `tidemark store has no act "${name}"${near ? `; did you mean "${near}"?` : '.'} See: tidemark store --help`,
      exitCodes.usage,
    )
  }
  const { run: act } = await subcommand.load()
  return (await act(argv)) ?? exitCodes.ok
}
