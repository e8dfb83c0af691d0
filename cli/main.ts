#!/usr/bin/env node
import { CommandError, exitCodes } from './args/exit.ts'
import { nearest } from '../model/nearest.ts'
import { redact } from './telemetry/redact.ts'
import { readVersion } from './args/version.ts'

interface Command {
  description: string
  /** Loaded only when asked for: `tidemark --help` pays for nothing. */
  load: () => Promise<{ run: (argv: string[]) => Promise<number | void> }>
}

const commands: Record<string, Command> = {
  up: {
    description: 'everything on this machine: broker, store, ingest, page; with a demo',
    load: () => import('./up/up.ts'),
  },
  ingest: {
    description: 'fold the events of Kafka into the store',
    load: () => import('./commands/ingest.ts'),
  },
  serve: {
    description: 'page, query API and collector on one port',
    load: () => import('./commands/serve.ts'),
  },
  query: {
    description: 'ask for numbers: as a table, CSV or lines of JSON, once or as they change',
    load: () => import('./commands/query.ts'),
  },
  tail: {
    description: 'raw events or dead letters of a source as they come',
    load: () => import('./commands/tail.ts'),
  },
  mcp: {
    description: 'tools for a model, by the Model Context Protocol',
    load: () => import('./commands/mcp.ts'),
  },
  simulate: { description: 'send made-up clicks and readings', load: () => import('./commands/simulate.ts') },
  replay: { description: 'send a recorded data set', load: () => import('./commands/replay.ts') },
  check: {
    description: 'read a definition file: what it means, and how much memory it may take',
    load: () => import('./commands/check.ts'),
  },
  audit: {
    description: 'recount the log and compare every number in the store',
    load: () => import('./commands/audit.ts'),
  },
  partition: {
    description: 'where the partitions stand, and the way past a halt: list, skip, rebuild',
    load: () => import('./commands/partition.ts'),
  },
  health: {
    description: 'ask a running ingest or serve how it is; for health checks',
    load: () => import('./commands/health.ts'),
  },
  doctor: {
    description: 'look at the store: what costs numbers, writes or nights, and what to do',
    load: () => import('./commands/doctor.ts'),
  },
  broker: {
    description: 'a Kafka-protocol broker on disk, for one machine',
    load: () => import('./commands/broker.ts'),
  },
  store: {
    description: 'the durable memory store and its upkeep',
    load: () => import('./commands/store.ts'),
  },
  'store-server': {
    description: 'a supervised Valkey or Redis server, for one machine',
    load: () => import('./commands/store-server.ts'),
  },
}

const help = `tidemark: live analytics that can be proved

usage: tidemark COMMAND [flags]        tidemark COMMAND --help

${Object.entries(commands)
  .map(([name, command]) => `  ${name.padEnd(13)} ${command.description}`)
  .join('\n')}

exit codes: ${exitCodes.ok} done, ${exitCodes.failed} failed, ${exitCodes.usage} wrong usage, ${exitCodes.missing} something needed is missing, ${exitCodes.config} wrong configuration, ${exitCodes.interrupted} interrupted
`

async function dispatch([name, ...argv]: string[]): Promise<number> {
  if (name === 'help' && argv[0] !== undefined) return dispatch([...argv.slice(0, 2), '--help'])
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help)
    return name === undefined ? exitCodes.usage : exitCodes.ok
  }
  if (name === '--version' || name === '-v' || argv.includes('--version')) {
    process.stdout.write(`tidemark ${await readVersion()}\n`)
    return exitCodes.ok
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    const near = nearest(name, Object.keys(commands))
    throw new CommandError(
      `unknown command "${name}"${near ? `; did you mean "${near}"?` : '.'} See: tidemark --help`,
      exitCodes.usage,
    )
  }
  const { run } = await command.load()
  return (await run(argv)) ?? exitCodes.ok
}

/** The text that goes to the user: one sentence for what they can mend, the stack for what only we can. */
function explain(error: unknown): string {
  if (error instanceof CommandError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** How long a child whose supervisor vanished may take to drain. */
const ORPHAN_DRAIN_MS = 15_000

/** A child of `tidemark up` whose supervisor vanished drains as if it had been told to. */
function followSupervisor(): void {
  if (process.channel === undefined) return
  process.once('disconnect', () => {
    process.kill(process.pid, 'SIGTERM')
    // Broker and store are going too: who still waits for them is ended, as the supervisor would have done.
    setTimeout(() => process.exit(exitCodes.failed), ORPHAN_DRAIN_MS).unref()
  })
  process.channel.unref()
}

// A reader that went away (`tidemark query | head`) is no fault of ours; work under way still finishes.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
followSupervisor()
try {
  process.exitCode = await dispatch(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`tidemark: ${redact(explain(error))}\n`)
  process.exitCode = error instanceof CommandError ? error.exitCode : exitCodes.failed
}
// All that matters is done; a socket that a library still holds open must not keep the process.
setTimeout(() => process.exit(), 1000).unref()
