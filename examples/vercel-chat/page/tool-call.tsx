import { type DynamicToolUIPart, getToolName, type ToolUIPart } from 'ai'

type Part = ToolUIPart | DynamicToolUIPart

const titles: Readonly<Record<string, string>> = { timetable: 'Timetable', bookPassage: 'Passage' }

const states: Readonly<Record<Part['state'], string>> = {
  'input-streaming': 'is being asked for …',
  'input-available': 'is on its way …',
  'approval-requested': 'waits for your word',
  'approval-responded': 'is decided',
  'output-available': 'done',
  'output-error': 'did not work',
  'output-denied': 'you said no',
}

/** A call of a tool: what it is about, what came of it, and the question whether it may. */
export function ToolCall({ part, onDecide }: { part: Part; onDecide(approval: string, approved: boolean): void }) {
  const title = titles[getToolName(part)] ?? getToolName(part)
  const isAsked = part.state === 'approval-requested'
  return (
    <fieldset className={`call ${part.state}`} aria-label={`${title}: ${states[part.state]}`}>
      <p className="head">
        <b>{title}</b> <span>{states[part.state]}</span>
      </p>
      <Facts of={{ ...asFacts(part.input), ...asFacts(part.output) }} />
      {part.state === 'output-error' && <p className="problem">{part.errorText}</p>}
      {isAsked && (
        <p className="choice">
          <button type="button" onClick={() => onDecide(part.approval.id, false)}>
            Deny
          </button>
          <button type="button" className="primary" onClick={() => onDecide(part.approval.id, true)}>
            Approve
          </button>
        </p>
      )}
    </fieldset>
  )
}

const asFacts = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {})

function Facts({ of }: { of: object }) {
  return (
    <dl>
      {Object.entries(of).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{Array.isArray(value) ? value.join(', ') || 'none' : String(value)}</dd>
        </div>
      ))}
    </dl>
  )
}
