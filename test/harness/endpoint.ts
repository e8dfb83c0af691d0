/** A durable endpoint inside the test's process, before an engine of the test's own. */
import { openCounts, type EndpointCounts } from '../../store/endpoint/counts.ts'
import { openEndpoint, type Endpoint, type EndpointOptions } from '../../store/endpoint/endpoint.ts'

export interface TestEndpoint extends Endpoint {
  readonly counts: EndpointCounts
  readonly said: string[]
}

export async function startTestEndpoint(
  url: string,
  options: Partial<EndpointOptions> = {},
): Promise<TestEndpoint> {
  const counts = openCounts()
  const said: string[] = []
  const endpoint = await openEndpoint({
    host: '127.0.0.1',
    port: 0,
    url,
    replicas: null,
    waitMs: 5000,
    clientsMax: 100,
    bulkBytesMax: 512 * 2 ** 20,
    heldBytesMax: 128 * 2 ** 20,
    heldOfAllBytesMax: 2 ** 30,
    counts,
    trouble: (error) => said.push(error.message),
    log: (line) => said.push(line),
    ...options,
  })
  return {
    counts,
    said,
    port: endpoint.port,
    get replicas() {
      return endpoint.replicas
    },
    close: (patienceMs) => endpoint.close(patienceMs),
  }
}
