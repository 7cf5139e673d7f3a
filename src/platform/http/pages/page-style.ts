/**
 * The look of all pages: the system's own fonts and colours in light and in dark, one column, targets of 44 px and more
 * (WCAG 2.2 §2.5.8 asks for 24). Contrasts are 4.5:1 at least in both schemes (§1.4.3).
 */
export const PAGE_STYLE = `
:root { --paper: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #8c959f; --field: #f6f8fa; --accent: #0b57d0; --on-accent: #ffffff; --wrong: #b3261e; --right: #14692c; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e6e9ec; --soft: #a3acb5; --line: #6b757f; --field: #1e2327; --accent: #8ab4f8; --on-accent: #10151b; --wrong: #ff8f87; --right: #7ddb94; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0 auto; max-width: 34rem; padding: 1.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
.brand { margin: 0 0 2rem; color: var(--soft); font-weight: 600; letter-spacing: 0.02em; }
h1 { margin: 0 0 1rem; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.15rem; }
h1:focus, h2:focus { outline: none; }
p { margin: 0 0 1rem; }
label + input + small { display: block; margin-top: 0.375rem; }
a { color: var(--accent); }
.soft { color: var(--soft); }
label { display: block; margin: 1rem 0 0.25rem; font-weight: 600; }
input { width: 100%; min-height: 2.75rem; padding: 0.5rem 0.75rem; border: 1px solid var(--line); border-radius: 0.375rem; background: var(--field); color: var(--ink); font: inherit; }
input.code { font-family: ui-monospace, monospace; font-size: 1.25rem; letter-spacing: 0.12em; }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1.5rem 0 0; }
button { min-height: 2.75rem; padding: 0.5rem 1.25rem; border: 1px solid var(--line); border-radius: 0.375rem; background: transparent; color: var(--ink); font: inherit; font-weight: 600; cursor: pointer; }
button.first { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
button.danger { border-color: var(--wrong); color: var(--wrong); }
button:disabled { opacity: 0.6; cursor: progress; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.note { margin: 0 0 1rem; padding: 0.75rem 1rem; border-left: 4px solid var(--accent); background: var(--field); }
.note.wrong { border-color: var(--wrong); }
.note.right { border-color: var(--right); }
ul.list { margin: 0; padding: 0; list-style: none; }
ul.list > li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.5rem 1rem; padding: 0.75rem 0; border-bottom: 1px solid var(--line); }
ul.list .what { min-width: 0; overflow-wrap: anywhere; }
ul.list .what small { display: block; color: var(--soft); }
.secret { padding: 0.75rem 1rem; background: var(--field); font: 1rem/1.7 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; user-select: all; }
hr { margin: 2rem 0; border: 0; border-top: 1px solid var(--line); }
`;
