import type { Version } from './api.ts'

/** Goes between the messages that stand in one place. */
export function Versions({ versions, onShow }: { versions: Version[]; onShow(branch: string): void }) {
  const at = versions.findIndex(({ current }) => current)
  if (at < 0) return null
  const [before, after] = [versions[at - 1], versions[at + 1]]
  return (
    <fieldset className="versions">
      <legend className="unseen">Versions</legend>
      <button
        type="button"
        className="quiet"
        aria-label="Earlier version"
        aria-disabled={!before}
        onClick={() => before && onShow(before.branch)}
      >
        ‹
      </button>
      <span>
        {at + 1} of {versions.length}
      </span>
      <button
        type="button"
        className="quiet"
        aria-label="Later version"
        aria-disabled={!after}
        onClick={() => after && onShow(after.branch)}
      >
        ›
      </button>
    </fieldset>
  )
}
