/** An act on the topology that was refused or cut short: its message is a whole sentence that says what to do. */
export class TopologyError extends Error {
  override readonly name = 'TopologyError'
}
