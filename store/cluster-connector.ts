/** How the client library reaches a node of a cluster. It makes such connections by itself and copies their settings, when it connects, listens or asks who has which slots: all get what is right when they begin. */
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { AbstractConnector } from 'ioredis'

interface Settings {
  readonly host?: string
  readonly port?: number
  readonly disconnectTimeout?: number
  readonly tls?: ConnectionOptions
}

/** `prepare` hears of the settings of each connection before it begins for the first time. */
export const connectorOf = (prepare: (settings: object) => void) =>
  class extends AbstractConnector {
    readonly #settings: Settings

    constructor(given: unknown) {
      const settings = given as Settings
      super(settings.disconnectTimeout ?? 0)
      this.#settings = settings
      prepare(settings)
    }

    override connect(): Promise<Socket> {
      this.connecting = true
      const { host = '127.0.0.1', port = 0, tls } = this.#settings
      return new Promise((resolve, reject) => {
        // The library sets what it listens to in this turn.
        process.nextTick(() => {
          if (!this.connecting) return reject(new Error('Connection is closed.'))
          try {
            const stream = tls ? connectTls({ ...tls, host, port }) : connectPlain({ host, port })
            stream.once('error', (error: Error) => (this.firstError = error))
            this.stream = stream
            resolve(stream)
          } catch (error) {
            reject(error as Error)
          }
        })
      })
    }
  }
