import { api, post } from './api.js'
import { byId, element } from './element.js'

const tabs = new BroadcastChannel('account')

/** Who is logged in, and the ways in and out. `onChange` hears when it is somebody else, in whichever tab. */
export class Account {
  #root
  #guarded
  #onChange
  #name
  #devices

  constructor(root, guarded, onChange) {
    this.#root = root
    this.#guarded = guarded
    this.#onChange = onChange
    this.#prepareDialog(byId('login'))
    tabs.onmessage = () => void guarded(() => this.refresh())
  }

  /** Asks the server; says whether it is still the same. */
  async refresh() {
    const { name, devices } = await api('/account')
    const before = this.#name
    this.#name = name
    if (before !== name || this.#devices !== devices) this.#render(name, devices)
    this.#devices = devices
    if (before !== undefined && before !== name) await this.#onChange(name)
    return before === name
  }

  async #changed() {
    tabs.postMessage('changed')
    await this.refresh()
  }

  #render(name, devices) {
    if (name === null) {
      this.#root.replaceChildren(this.#button('Log in', () => byId('login').showModal()))
      return
    }
    const out = (path) => () =>
      void this.#guarded(async () => {
        await post(path)
        await this.#changed()
      })
    const everywhere = devices > 1 ? `Log out everywhere (${devices})` : 'Log out everywhere'
    const menu = element(
      'div',
      { id: 'account-menu', popover: 'auto' },
      this.#button('Log out', out('/account/logout')),
      this.#button(everywhere, out('/account/logout-everywhere')),
    )
    const opener = this.#button(name)
    opener.popoverTargetElement = menu
    this.#root.replaceChildren(opener, menu)
  }

  #button(text, onclick) {
    return element('button', { type: 'button', className: 'quiet', onclick: onclick ?? null }, text)
  }

  #prepareDialog(dialog) {
    const form = dialog.querySelector('form')
    const problem = dialog.querySelector('.problem')
    dialog.querySelector('.cancel').onclick = () => dialog.close()
    dialog.onclose = () => {
      form.reset()
      problem.textContent = ''
    }
    form.onsubmit = async (event) => {
      event.preventDefault()
      try {
        await post('/account/login', { name: byId('name').value, password: byId('password').value })
        dialog.close()
        await this.#changed()
      } catch (error) {
        problem.textContent = error.message
        byId('password').select()
      }
    }
  }
}
