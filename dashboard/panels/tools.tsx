/** The button with the three dots; what it offers comes when it is opened. */
import type { JSX } from 'preact'
import { Icon } from '../ui/icons.tsx'
import { lazy } from '../ui/lazy.tsx'
import { Menu } from '../ui/menu.tsx'
import type { ToolsProps } from './tools-menu.tsx'

const Tools = lazy<ToolsProps & { close: () => void }>(
  async () => {
    const [menu] = await Promise.all([import('./tools-menu.tsx'), import('../style/menus.css')])
    return menu.ToolsMenu
  },
  () => null,
)

export const PanelTools = ({ title, ...props }: ToolsProps & { readonly title: string }): JSX.Element => (
  <Menu label={`${title}: more`} button={<Icon name="more" />} buttonClass="ib small" menuClass="right">
    {(close) => <Tools {...props} close={close} />}
  </Menu>
)
