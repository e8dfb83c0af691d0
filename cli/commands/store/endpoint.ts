/** `tidemark store endpoint`: the durable endpoint for plain clients. */
import { openCounts } from '../../../store/endpoint/counts.ts'
import { openEndpoint } from '../../../store/endpoint/endpoint.ts'
import { UnfitEngine } from '../../../store/endpoint/engine.ts'
import { StoreError } from '../../../store/errors.ts'
import { CommandError, exitCodes } from '../../args/exit.ts'
import { endpointMetrics } from '../../telemetry/endpoint-metrics.ts'
import { servePlainMetrics } from '../../telemetry/plain-metrics.ts'
import { endpointHelp, readEndpointConfig } from './endpoint-config.ts'
import { untilStopped } from '../until-stopped.ts'

const DRAIN_MS = 10_000

/** Serves until SIGTERM or SIGINT. Prints one line on stdout once it does; everything else goes to stderr. */
export async function run(argv: string[]): Promise<number> {
  const config = readEndpointConfig(argv)
  if (config === 'help') {
    process.stdout.write(endpointHelp)
    return exitCodes.ok
  }
  const stopped = untilStopped()
  let heard: (seconds: number) => void = () => {}
  const counts = openCounts((seconds) => heard(seconds))
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  let lastTrouble = ''
  const endpoint = await openEndpoint({
    ...config.endpoint,
    counts,
    log: say,
    trouble: (error) => {
      if (error.message !== lastTrouble) say(error.message)
      lastTrouble = error.message
    },
  }).catch((error: unknown) => {
    throw explained(error, config.endpoint.host, config.endpoint.port)
  })
  const closeMetrics = await servePlainMetrics(config.metricsPort, (metrics) => {
    heard = endpointMetrics(metrics, counts, () => endpoint.replicas)
  })
  const place = `${config.endpoint.host}:${endpoint.port}${config.endpoint.tls === undefined ? '' : ' with TLS'}`
  process.stdout.write(
    `durable endpoint ready on ${place}: a write is answered once ${disks(endpoint.replicas)}\n`,
  )
  await stopped
  await endpoint.close(DRAIN_MS)
  await closeMetrics()
  return exitCodes.ok
}

function disks(replicas: number): string {
  if (replicas === 0) return 'the primary, which has no replica, has it on disk'
  return `the primary and ${replicas} ${replicas === 1 ? 'replica' : 'replicas'} have it on disk`
}

function explained(error: unknown, host: string, port: number): unknown {
  if (error instanceof UnfitEngine)
    return new CommandError(`the durable endpoint cannot start: ${error.message}.`, exitCodes.config)
  if (error instanceof StoreError) return new CommandError(error.message)
  const { code, syscall } = error as NodeJS.ErrnoException
  return syscall === 'listen'
    ? new CommandError(
        `the durable endpoint cannot listen on ${host}:${port}: ${code}; give another --port or --host.`,
      )
    : error
}
