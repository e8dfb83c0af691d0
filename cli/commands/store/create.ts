/** `tidemark store create`: starts a local cluster, or goes on with the one that lies in the folder, and keeps it running until it is told to stop. */
import { startLocalStores } from '../../../embedded/local-stores.ts'
import { passwordFileOf } from '../../../embedded/store-server.ts'
import { addressOf, keepTopology, writeTopology } from '../../../embedded/topology-file.ts'
import { CommandError, exitCodes } from '../../args/exit.ts'
import { replacedMetric, servePlainMetrics, storeServerMetrics } from '../../telemetry/plain-metrics.ts'
import { watchCertificates } from './certificates.ts'
import { openLinks } from './local.ts'
import { help, readStoreCreateConfig } from './create-config.ts'
import { formCluster, untilWhole } from '../../../store/topology/form-cluster.ts'
import { watchNodes } from './watch.ts'
import { untilStopped } from '../until-stopped.ts'

export async function run(argv: string[]): Promise<number> {
  const config = readStoreCreateConfig(argv)
  if (config === 'help') {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const { dataDir, binaries } = config
  const log = (line: string): void => void process.stderr.write(`${line}\n`)
  const stopped = untilStopped()
  const failed = (error: unknown): never => {
    throw new CommandError(
      `the store could not start: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const kept = await keepTopology(dataDir, config.wish, config.firstPort).catch(failed)
  const { durability, maxmemoryBytes, tls } = config.wish
  const topology = { ...kept, durability, maxmemoryBytes, ...(tls && { tls }) }
  await writeTopology(dataDir, topology).catch(failed)
  const stores = await startLocalStores({
    binary: binaries.server,
    checkAofBinary: binaries.checkAof,
    dataDir,
    log,
  }).catch(failed)
  try {
    const links = openLinks(topology.nodes, dataDir)
    try {
      if (topology.isFormed) await untilWhole(links)
      else {
        await formCluster(topology.nodes.map((node, at) => ({ ...node, link: links[at]! })))
        await writeTopology(dataDir, { ...topology, isFormed: true })
      }
    } finally {
      for (const link of links) link.close()
    }
    const stopCertificates = watchCertificates(dataDir, log)
    const watch = watchNodes(dataDir, config.replaceAfterMs, log)
    const closeMetrics = await servePlainMetrics(config.metricsPort, (metrics) => {
      storeServerMetrics(metrics, stores.restarts)
      replacedMetric(metrics, watch.replaced)
    })
    process.stdout.write(
      `store ready on ${addressOf(topology)}, ${topology.shards} shards of ${topology.replicas} replicas, ${durability}, password in ${passwordFileOf(dataDir)}${tls ? `, authority in ${tls.ca}` : ''}\n`,
    )
    await stopped
    await watch.stop()
    await stopCertificates()
    await closeMetrics()
  } catch (error) {
    failed(error)
  } finally {
    await stores.stop()
  }
  return exitCodes.ok
}
