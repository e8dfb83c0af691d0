import { render } from 'preact'
import { App } from './app.tsx'
import { begin } from './live/page.ts'
import { beginTheme } from './scope/theme.ts'

beginTheme()
begin()
render(<App />, document.getElementById('page')!)
