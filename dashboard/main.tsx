import { render } from 'preact'
import { App } from './app.tsx'
import { begin } from './state/connection.ts'
import { beginTheme } from './ui/theme.ts'

beginTheme()
begin()
render(<App />, document.getElementById('page')!)
