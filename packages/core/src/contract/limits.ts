/** The bounds every store keeps; what passes them is refused before anything is done. */
export const LIMITS: {
  readonly keyBytes: number
  readonly commitRows: number
  readonly commitBytes: number
  readonly rememberedCommits: number
  readonly idBytes: number
} = Object.freeze({
  /** Bytes of a key in UTF-8. */
  keyBytes: 1024,
  /** Ops of a commit; a `delPrefix` counts once. */
  commitRows: 5_000,
  /** Bytes of all values of a commit, as encoded for the database. */
  commitBytes: 8 * 1024 * 1024,
  /** How many commit ids a partition remembers. */
  rememberedCommits: 64,
  /** Bytes of a tenant, a partition id, an index name or a sort in UTF-8. */
  idBytes: 1024,
})
