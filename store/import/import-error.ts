/** Why keys cannot be taken over. Its message is one whole sentence for whoever started the import. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
}
