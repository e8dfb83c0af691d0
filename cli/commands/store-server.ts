import { UnusableDataFolder } from '../../embedded/data-folder.ts'
import { startStoreServer } from '../../embedded/store-server.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { help, readStoreServerConfig } from './store-server-config.ts'
import { servePlainMetrics, storeServerMetrics } from '../telemetry/plain-metrics.ts'
import { untilStopped } from './until-stopped.ts'

/** Runs the store server until SIGTERM or SIGINT. Prints one line on stdout once it serves; everything else goes to stderr. */
export async function run(argv: string[]): Promise<number> {
  const config = readStoreServerConfig(argv)
  if (config === 'help') {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const stopped = untilStopped()
  const server = await startStoreServer({
    binary: config.binaries.server,
    checkAofBinary: config.binaries.checkAof,
    port: config.port,
    dataDir: config.dataDir,
    maxmemoryBytes: config.maxmemoryBytes,
    asksPassword: config.asksPassword,
    durability: config.durability,
    log: (line) => process.stderr.write(`${line}\n`),
  }).catch((error: unknown) => {
    throw new CommandError(
      `the store server could not start: ${error instanceof Error ? error.message : String(error)}`,
      error instanceof UnusableDataFolder ? exitCodes.config : exitCodes.failed,
    )
  })
  const closeMetrics = await servePlainMetrics(config.metricsPort, (metrics) =>
    storeServerMetrics(metrics, server.restarts),
  )
  process.stdout.write(
    `store ready on 127.0.0.1:${server.port}${server.passwordFile === null ? ', without a password' : `, password in ${server.passwordFile}`}\n`,
  )
  await stopped
  await closeMetrics()
  await server.stop()
  return exitCodes.ok
}
