/** A wait that something may end early. */
export class Wake {
  #end: () => void = () => {}

  up(): void {
    this.#end()
  }

  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#end = () => {}
  }
}
